import type { Cluster } from "kafkajs";
import { Backoff, NO_JITTER } from "../../../base/backoff.js";
import { TIMERS } from "../../../base/clock.js";
import { sleep } from "../../../base/sleep.js";
import type { TopicPartition } from "../../../base/topic-partition.js";
import { within } from "../../../base/within.js";
import type { Batch, Commit, LogReader, ReadEvent, StoredPosition, Unreadable } from "../../port.js";
import { type ClusterNames, kafkaError } from "../connection/errors.js";
import type { ReaderSockets } from "../connection/sockets.js";
import { Membership, SESSION_MS } from "../group/membership.js";
import { type Ending, ServedGeneration } from "./generation.js";
import { ReaderPartitions } from "./partitions.js";
import type { Alert, KafkaReaderOptions, ReaderParts } from "./parts.js";
import { GroupPositions } from "./positions.js";
import { ReaderEvents } from "./reader-events.js";
import { StallDetector } from "./stall-detector.js";
import { findTopics } from "./topics.js";
import { UnreadablePartitions } from "./unreadable.js";

/** How long a rebalance waits for the consumer to finish with the event in hand, milliseconds. */
const FINISH_MS = 30_000;
/** How long closing waits for commits that are under way, milliseconds. */
const LAST_COMMITS_MS = 3000;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5000;
/** Errors that end the reading when they come before the first assignment: a retry would not help. */
const FATAL = new Set(["topic_missing", "kafka_authentication", "kafka_forbidden", "kafkajs_unknown"]);

interface ReaderConnection {
  readonly cluster: Cluster;
  /** Names its sockets; unique in the group, and the same after a restart. */
  readonly clientId: string;
  readonly sockets: ReaderSockets;
}

/**
 * One member of a consumer group. On a rebalance it gives its partitions away in order: it emits `revoked`, waits until
 * its consumer asks for the next event (positions can be committed until then), and joins again.
 */
export class KafkaReader implements LogReader {
  readonly #parts: ReaderParts;
  readonly #sockets: ReaderSockets;
  readonly #onClosed: () => void;
  readonly #positions: GroupPositions;
  #served: ServedGeneration | undefined;
  #everOwned = false;
  #closing: Promise<void> | undefined;
  readonly #interrupt = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    { cluster, clientId, sockets }: ReaderConnection,
    names: ClusterNames,
    topics: readonly string[],
    options: KafkaReaderOptions,
    onClosed: () => void,
  ) {
    this.#sockets = sockets;
    this.#onClosed = onClosed;
    const alert: Alert = (message, fields) =>
      options.alert?.(message, { cluster: names.cluster.name, group: options.group, ...fields });
    const membership = new Membership(cluster, clientId, options.group, topics, options.sessionMs ?? SESSION_MS);
    const partitions = new ReaderPartitions();
    const unreadable = new UnreadablePartitions(topics, ({ topic, partition }, { code, message }) =>
      alert("cannot read a partition; retrying", { topic, partition, code, error: message }),
    );
    const stalls = new StallDetector(cluster, partitions, unreadable, options.stallMs);
    const events = new ReaderEvents(
      () => this.#nextBatch(),
      () => this.close(),
    );
    this.#parts = { cluster, membership, names, topics, options, partitions, unreadable, stalls, events, alert };
    this.#positions = new GroupPositions(membership, partitions, names, options, () => this.#served?.end("fenced"));
    this.#running = this.#run();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReadEvent> {
    return this.#parts.events.stream;
  }

  commit(commits: readonly Commit[]): Promise<void> {
    return this.#positions.commit(commits);
  }

  stored(places: readonly TopicPartition[]): Promise<StoredPosition[]> {
    return this.#positions.stored(places);
  }

  pause(topic: string): void {
    this.#parts.partitions.pause(topic);
  }

  resume(topic: string): void {
    this.#parts.partitions.resume(topic);
    this.#parts.events.stream.wake();
    this.#served?.pump();
  }

  unreadable(): readonly Unreadable[] {
    return this.#parts.unreadable.list();
  }

  end(topic: string, partition: number): number | undefined {
    const { unreadable, partitions } = this.#parts;
    const place = { topic, partition };
    return unreadable.isReadable(place) ? partitions.find(place)?.end : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { cluster, membership, partitions, events } = this.#parts;
    events.stream.end();
    this.#interrupt.abort();
    membership.close();
    this.#served?.end("closed");
    // Ends a join that waits for other members.
    if (partitions.generation === undefined) this.#sockets.cut();
    await this.#running;
    const areStored = await within(TIMERS, LAST_COMMITS_MS, this.#positions.idle());
    partitions.generation = undefined;
    // A cluster that does not answer commits does not answer this request either.
    if (areStored) await membership.leave().catch(() => {});
    else this.#sockets.cut();
    await cluster.disconnect().catch(() => {});
    this.#onClosed();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, NO_JITTER);
    while (!this.#isClosing()) {
      try {
        const served = await this.#join();
        if (served === undefined) return;
        backoff.reset();
        await this.#giveAway(this.#isClosing() ? "closed" : await served.serve());
      } catch (error) {
        await this.#giveAway("fenced");
        if (this.#isClosing() || this.#failed(error)) return;
        await sleep(backoff.next(), this.#interrupt.signal);
      }
    }
  }

  async #join(): Promise<ServedGeneration | undefined> {
    const { cluster, membership, names, topics, partitions } = this.#parts;
    await cluster.connect();
    if (this.#everOwned) await cluster.addMultipleTargetTopics([...topics]);
    else await findTopics(cluster, topics, names);
    const generation = await membership.join(partitions.forgetReleased());
    if (this.#isClosing()) return undefined;
    const served = new ServedGeneration(this.#parts, generation);
    this.#served = served;
    await served.takeOver();
    this.#everOwned = true;
    this.#parts.unreadable.recover();
    return served;
  }

  /** Whether an error ends the reading; the stream fails then. Any other one is reported once, until reading works. */
  #failed(error: unknown): boolean {
    const { names, topics, unreadable, events, alert } = this.#parts;
    const failure = kafkaError(error, `read ${topics.join(", ")}`, names);
    if (!this.#everOwned && FATAL.has(failure.code)) {
      events.stream.fail(failure);
      return true;
    }
    if (unreadable.fail(failure.message)) alert("cannot read; retrying", { error: failure.message });
    return false;
  }

  /** Gives away all partitions. Unless the group has taken them already, the consumer finishes with them first. */
  async #giveAway(ending: Ending): Promise<void> {
    const { partitions, unreadable, events, membership } = this.#parts;
    const served = this.#served;
    this.#served = undefined;
    const released = partitions.release();
    unreadable.clearPartitions();
    if (ending === "fenced") partitions.generation = undefined;
    if (ending === "closed" || this.#isClosing()) return;
    if (released.length > 0) {
      const finished = events.revoke(released);
      const stop = new AbortController();
      if (partitions.generation !== undefined) {
        void served?.stay(stop.signal);
        await Promise.race([finished, sleep(FINISH_MS, this.#interrupt.signal)]);
      }
      await this.#positions.idle();
      stop.abort();
    }
    partitions.generation = undefined;
    if (ending !== "stalled") return;
    this.#sockets.cut();
    await membership.leave().catch(() => {});
  }

  #nextBatch(): Batch | undefined {
    const batch = this.#parts.partitions.nextBatch();
    if (batch !== undefined) this.#served?.pump();
    return batch;
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }
}
