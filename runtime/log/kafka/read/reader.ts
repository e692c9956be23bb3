import { setTimeout as timeout } from "node:timers/promises";
import type { Cluster } from "kafkajs";
import { Backoff, NO_JITTER } from "../../../base/backoff.js";
import type { LogFields } from "../../../base/logger.js";
import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { EventStream } from "../../event-stream.js";
import { knows } from "../../lineage.js";
import {
  type Assigned,
  type Commit,
  CommitRefusedError,
  type LogReader,
  type ReadEvent,
  type ReadOptions,
  StaleEpochError,
  type StoredPosition,
  type Unreadable,
} from "../../port.js";
import { topicError } from "../connection/answers.js";
import { type ClusterNames, kafkaError, protocolType } from "../connection/errors.js";
import type { FetchedPartition } from "../connection/group-broker.js";
import type { ReaderSockets } from "../connection/sockets.js";
import { boundsOf, endsOf } from "./bounds.js";
import { readMetadata, writeMetadata } from "./commit-metadata.js";
import { recordsFrom } from "./fetched.js";
import { Fetcher, type Wanted } from "./fetcher.js";
import { FencedError, type Generation, Membership, SESSION_MS } from "./membership.js";
import { OwnedPartition } from "./owned.js";
import { startOf } from "./start.js";
import { topicIds } from "./topic-ids.js";
import { findTopics } from "./topics.js";
import { noLeader, noTopic, Troubles, whyOf } from "./troubles.js";

/** So many heartbeats in a session. */
const BEATS = 15;
/** So long a rebalance waits for the consumer to finish with what it has in hand. */
const FINISH_MS = 30_000;
/** Records wait and none come for so long: the connections are made anew. */
const STUCK_MS = 60_000;
/** So long the end waits for commits that are under way. */
const LAST_COMMITS_MS = 3000;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5000;
/** Refusals beyond it are more than a leader that moves. */
const NOTABLE_REFUSAL_MS = 400;
/** Before the first assignment these end the reading: to wait would not help. */
const FATAL = new Set(["topic_missing", "kafka_authentication", "kafka_forbidden", "kafkajs_unknown"]);

const ALERTS = {
  "another-topic": "the topic is another one than before, or lost its end: it is read from its start",
  "records-deleted":
    "the topic deleted records before they were read, its retention is too short: reading goes on behind them",
};

/** Why a generation ended. "moved": an offset was out of range. */
type Ending = "rebalance" | "fenced" | "moved" | "stuck" | "closed";

export interface ReaderConnection {
  readonly cluster: Cluster;
  /** Of its sockets; unique in the group, and the same after a restart. */
  readonly clientId: string;
  readonly sockets: ReaderSockets;
}

export interface KafkaReaderOptions extends ReadOptions {
  /** Default: SESSION_MS. */
  readonly sessionMs?: number | undefined;
  /** Default: STUCK_MS. */
  readonly stuckMs?: number;
}

/**
 * One member of a consumer group. What it owns is given away in order: on a rebalance it says `revoked`, waits until
 * its consumer asks for the next event (positions can be committed until then), and joins again.
 */
export class KafkaReader implements LogReader {
  readonly #cluster: Cluster;
  readonly #sockets: ReaderSockets;
  readonly #names: ClusterNames;
  readonly #topics: readonly string[];
  readonly #options: KafkaReaderOptions;
  readonly #onClosed: () => void;
  readonly #membership: Membership;
  readonly #stream: EventStream;
  readonly #control: ReadEvent[] = [];
  readonly #paused = new Set<string>();
  readonly #owned = new Map<string, OwnedPartition>();
  /** What is given away: its positions may still be committed. */
  readonly #leaving = new Map<string, OwnedPartition>();
  #generation: Generation | undefined;
  #epoch = 0;
  #fetcher: Fetcher | undefined;
  #end: (ending: Ending) => void = () => {};
  /** The event that the consumer has in hand. */
  #current: ReadEvent | undefined;
  #revoking: { left: number; readonly finished: () => void } | undefined;
  #commits: Promise<unknown> = Promise.resolve();
  #everOwned = false;
  /** What keeps all of it from being read, and since when. */
  #failure: { readonly message: string; readonly since: number } | undefined;
  /** Given by the group, and not readable yet. */
  readonly #waiting = new Map<string, TopicPartition>();
  readonly #troubles: Troubles;
  /** Where partitions stood still when the connections were made anew for them. */
  readonly #stuckAt = new Map<string, number>();
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
    this.#cluster = cluster;
    this.#sockets = sockets;
    this.#names = names;
    this.#topics = topics;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#membership = new Membership(cluster, clientId, options.group, topics, options.sessionMs ?? SESSION_MS);
    this.#troubles = new Troubles(({ topic, partition }, { code, message }) =>
      this.#alert("cannot read a partition for the moment; trying again", { topic, partition, code, error: message }),
    );
    this.#stream = new EventStream(
      () => this.#take(),
      () => {},
      () => this.close(),
    );
    this.#running = this.#run();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReadEvent> {
    return this.#stream;
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    if (commits.length === 0) return;
    // In the order of the calls: a position never goes back.
    const committed = this.#commits.then(() => this.#commit(commits));
    this.#commits = committed.catch(() => {});
    return committed;
  }

  pause(topic: string): void {
    this.#paused.add(topic);
  }

  resume(topic: string): void {
    this.#paused.delete(topic);
    this.#stream.wake();
    this.#fetcher?.pump();
  }

  unreadable(): readonly Unreadable[] {
    const failure = this.#failure;
    if (failure === undefined) return this.#troubles.list();
    const forMs = Math.round(performance.now() - failure.since);
    const { message } = failure;
    return this.#topics.map((topic) => ({ topic, partition: undefined, code: "unreachable", message, forMs }));
  }

  end(topic: string, partition: number): number | undefined {
    const owned = this.#owned.get(keyOf({ topic, partition }));
    if (this.#failure !== undefined || this.#troubles.codeOf({ topic, partition }) !== undefined) return undefined;
    return owned?.end;
  }

  async stored(places: readonly TopicPartition[]): Promise<StoredPosition[]> {
    const generation = this.#generation;
    const foreign = places.filter((place) => !this.#owned.has(keyOf(place)) && !this.#leaving.has(keyOf(place)));
    if (generation === undefined || foreign.length === 0) return [];
    const { stored, failed } = await this.#membership.positions(foreign);
    const positions = new Map(stored.map((each) => [keyOf(each), each]));
    // They may have come here meanwhile.
    if (this.#generation !== generation) return [];
    return foreign.flatMap(({ topic, partition }) => {
      const key = keyOf({ topic, partition });
      // Without an answer nobody knows who has it; what waits here goes on to be ours.
      if (failed.has(key) || this.#waiting.has(key)) return [];
      const found = positions.get(key);
      const metadata = found === undefined ? undefined : readMetadata(found.metadata);
      const { journal, lineage = [] } = this.#options;
      const older = metadata !== undefined && metadata.journal === journal && !knows(lineage, metadata.journalCommit);
      const settledBelow = older ? metadata.unsettled : undefined;
      return [
        {
          topic,
          partition,
          committed: found?.offset,
          journal: metadata?.journal,
          since: metadata?.since,
          settledBelow,
        },
      ];
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stream.end();
    this.#interrupt.abort();
    this.#membership.close();
    this.#end("closed");
    // A join that waits for others is given up.
    if (this.#generation === undefined) this.#sockets.cut();
    await this.#running;
    const given = await Promise.race([this.#commits.then(() => true), late(LAST_COMMITS_MS)]);
    this.#generation = undefined;
    // A cluster that is away cannot be told either.
    if (given) await this.#membership.leave().catch(() => {});
    else this.#sockets.cut();
    await this.#cluster.disconnect().catch(() => {});
    this.#onClosed();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, NO_JITTER);
    while (this.#closing === undefined) {
      try {
        await this.#cluster.connect();
        if (this.#everOwned) await this.#cluster.addMultipleTargetTopics([...this.#topics]);
        else await findTopics(this.#cluster, this.#topics, this.#names);
        const held = [...this.#leaving.values()];
        this.#leaving.clear();
        const generation = await this.#membership.join(held);
        if (this.#isClosing()) return;
        await this.#own(generation, generation.places, () => true);
        backoff.reset();
        this.#recovered();
        const ending = await this.#serve(generation);
        await this.#give(ending);
      } catch (error) {
        await this.#give("fenced");
        if (this.#isClosing()) return;
        const failure = kafkaError(error, `read ${this.#topics.join(", ")}`, this.#names);
        if (!this.#everOwned && FATAL.has(failure.code)) {
          this.#stream.fail(failure);
          return;
        }
        this.#trouble(failure.message);
        await sleep(backoff.next(), this.#interrupt.signal);
      }
    }
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Takes over what can be read of the places; the others wait. `valid`: whether they are still to be taken over. */
  async #own(generation: Generation, places: readonly TopicPartition[], valid: () => boolean): Promise<void> {
    await this.#cluster.refreshMetadata();
    const node = await this.#cluster.findControllerBroker();
    const [positions, bounds, ids, metadata] = [
      await this.#membership.positions(places),
      await boundsOf(this.#cluster, places),
      await topicIds(node, this.#topics),
      await node.metadata([...this.#topics]),
    ];
    if (!valid()) return;
    this.#noteTopics();
    const clusterId = String(Reflect.get(metadata, "clusterId") ?? this.#names.cluster.name);
    this.#epoch = Math.max(generation.id, this.#epoch + 1);
    const now = performance.now();
    const assigned = places.flatMap((place): Assigned[] => {
      const key = keyOf(place);
      const bound = bounds.found.get(key);
      const error = positions.failed.get(key) ?? bounds.failed.get(key);
      if (bound === undefined || error !== undefined) {
        this.#waiting.set(key, place);
        this.#troubles.set(place, error === undefined ? noLeader(place) : whyOf(place, error));
        return [];
      }
      this.#waiting.delete(key);
      this.#troubles.clear(place);
      const topicId = ids.get(place.topic) ?? "";
      const before = positions.stored.find((each) => keyOf(each) === key);
      const { journal, reread = false, lineage = [] } = this.#options;
      const start = startOf(bound, before, topicId, { journal, reread, lineage });
      const { next, rereadUntil, alert, putBack } = start;
      if (alert !== undefined) this.#alert(ALERTS[alert], { ...place, committed: before?.offset, ...bound });
      const { metadata } = start;
      const since = metadata?.journal === this.#options.journal ? Math.min(metadata.since, next) : next;
      const from = { next, since, end: bound.end, rereadUntil };
      this.#owned.set(keyOf(place), new OwnedPartition(place, this.#epoch, topicId, from, now));
      const event: Assigned = {
        kind: "assigned",
        ...place,
        epoch: this.#epoch,
        logId: `kafka:${clusterId}:${topicId === "" ? place.topic : topicId}`,
        first: bound.first,
        end: bound.end,
        committed: rereadUntil ?? start.committed,
        share: { from: next, journal: metadata?.journal, since: metadata?.since },
        takenOver: rereadUntil !== undefined,
        ...(putBack === undefined ? {} : { putBack }),
      };
      return [event];
    });
    this.#generation = generation;
    this.#everOwned = true;
    this.#control.push(...assigned);
    this.#stream.wake();
  }

  /** Fetches and beats until the generation ends. */
  async #serve(generation: Generation): Promise<Ending> {
    const ended = new Promise<Ending>((resolve) => {
      this.#end = resolve;
    });
    const fetcher = new Fetcher(this.#cluster, {
      wanted: () => this.#wanted(),
      fetched: (wanted, partition) => this.#fetched(wanted, partition),
      refused: (wanted, error) => this.#refused(wanted, error),
    });
    this.#fetcher = fetcher;
    if (this.#isClosing()) return "closed";
    fetcher.pump();
    const stop = new AbortController();
    const beating = this.#beat(generation, stop.signal);
    try {
      return await Promise.race([ended, beating]);
    } finally {
      stop.abort();
      fetcher.stop();
      this.#fetcher = undefined;
      this.#end = () => {};
    }
  }

  /** Beats whatever else goes on; ends with what ends the generation. */
  async #beat(generation: Generation, stop: AbortSignal): Promise<Ending> {
    const session = this.#options.sessionMs ?? SESSION_MS;
    let heardAt = performance.now();
    const partitions = this.#partitionCounts();
    let failing = false;
    for (;;) {
      await sleep(session / BEATS, stop);
      if (stop.aborted) return "closed";
      try {
        if ((await this.#membership.beat(generation)) === "rebalance") return "rebalance";
        heardAt = performance.now();
        if (this.#troubles.size > 0) await this.#cluster.refreshMetadata();
        else await this.#cluster.refreshMetadataIfNecessary();
        if (this.#partitionCounts() !== partitions) return "rebalance";
        this.#noteTopics();
        this.#noteLeaders();
        if (this.#waiting.size > 0) await this.#own(generation, [...this.#waiting.values()], () => !stop.aborted);
        if (await this.#isStuck()) return "stuck";
        failing = false;
      } catch (error) {
        if (error instanceof FencedError) return "fenced";
        // The group has given it up by then.
        if (performance.now() - heardAt > session) return "fenced";
        // What is owned is read on until the session is over.
        const failure = kafkaError(error, `stay in group ${this.#options.group}`, this.#names).message;
        if (!failing)
          this.#alert("the group's coordinator does not answer for the moment; trying again", { error: failure });
        failing = true;
      }
    }
  }

  #partitionCounts(): string {
    return this.#topics.map((topic) => this.#cluster.findTopicPartitionMetadata(topic).length).join(",");
  }

  /** Topics that failed as a whole, such as one that was deleted. */
  #noteTopics(): void {
    for (const topic of this.#topics) {
      const error = topicError(this.#cluster, topic);
      if (error === undefined) this.#troubles.clear({ topic, partition: undefined });
      else this.#troubles.set({ topic, partition: undefined }, noTopic(topic, error));
    }
  }

  /** What nobody leads is not asked for; what has a leader again is. */
  #noteLeaders(): void {
    for (const { topic, partition } of this.#owned.values()) {
      const found = this.#cluster.findTopicPartitionMetadata(topic).find((each) => each.partitionId === partition);
      if (found !== undefined && found.leader < 0)
        this.#troubles.set({ topic, partition }, noLeader({ topic, partition }));
    }
    this.#fetcher?.pump();
  }

  /** Records wait, they are wanted, none come, and nothing says why. Learns the ends of what is not fetched meanwhile. */
  async #isStuck(): Promise<boolean> {
    const now = performance.now();
    const wanted = new Set(this.#wanted().wanted.map(keyOf));
    const late: OwnedPartition[] = [];
    const resting: OwnedPartition[] = [];
    for (const [key, owned] of this.#owned) {
      if (this.#troubles.codeOf(owned) !== undefined && !this.#stuckAt.has(key)) continue;
      // The time in which its consumer wants no more does not count.
      if (!wanted.has(key)) {
        owned.progressAt = now;
        resting.push(owned);
      } else if (now - owned.progressAt > (this.#options.stuckMs ?? STUCK_MS)) late.push(owned);
    }
    if (late.length + resting.length === 0) return false;
    const { found } = await endsOf(this.#cluster, [...late, ...resting]);
    for (const owned of resting) owned.end = Math.max(owned.end, found.get(keyOf(owned)) ?? 0);
    const stuck = late.filter((owned) => (found.get(keyOf(owned)) ?? 0) > owned.next);
    for (const owned of late) if (!stuck.includes(owned)) owned.progressAt = now;
    const fresh = stuck.filter((owned) => this.#stuckAt.get(keyOf(owned)) !== owned.next);
    for (const owned of stuck) {
      const { topic, partition, next } = owned;
      const message = `records of partition ${partition} of topic "${topic}" wait from offset ${next} on, and the cluster gives none`;
      if (!fresh.includes(owned)) this.#troubles.set(owned, { code: "stalled", message });
      this.#stuckAt.set(keyOf(owned), next);
    }
    if (fresh.length === 0) return false;
    this.#alert("records wait and none come: the connections are made anew", {
      partitions: fresh.map(({ topic, partition, next }) => `${topic}/${partition} at ${next}`),
    });
    return true;
  }

  #wanted(): { readonly wanted: Wanted[]; readonly others: boolean } {
    const wanted: Wanted[] = [];
    let others = false;
    const now = performance.now();
    for (const { topic, partition, next, isFull, retryAt } of this.#owned.values()) {
      if (this.#paused.has(topic) || isFull) others = true;
      else if (retryAt <= now) wanted.push({ topic, partition, next });
    }
    return { wanted, others };
  }

  #fetched(wanted: Wanted, fetched: FetchedPartition): void {
    const owned = this.#owned.get(keyOf(wanted));
    if (owned === undefined || owned.next !== wanted.next) return;
    const { records, next } = recordsFrom(fetched, wanted.next);
    owned.end = Math.max(Number(fetched.highWatermark), next);
    if (next > owned.next || owned.end <= owned.next) owned.progressAt = performance.now();
    if (next > owned.next) this.#stuckAt.delete(keyOf(owned));
    owned.next = next;
    owned.backoff.reset();
    if (!this.#stuckAt.has(keyOf(owned))) this.#troubles.clear(owned);
    owned.add(records);
    if (owned.hasNews) this.#stream.wake();
  }

  #refused(wanted: Wanted, error: unknown): void {
    const owned = this.#owned.get(keyOf(wanted));
    if (owned === undefined || owned.next !== wanted.next) return;
    const { topic, partition } = wanted;
    if (protocolType(error) === "OFFSET_OUT_OF_RANGE") {
      const message = "an offset is out of the topic's range: where reading goes on is looked up anew";
      this.#alert(message, { topic, partition });
      this.#end("moved");
      return;
    }
    const wait = owned.backoff.next();
    owned.retryAt = performance.now() + wait;
    if (wait >= NOTABLE_REFUSAL_MS) this.#troubles.set(wanted, whyOf(wanted, error));
    void sleep(wait, this.#interrupt.signal).then(() => this.#fetcher?.pump());
  }

  /** Gives away what is owned. Unless the group has taken it already, its consumer finishes with it first. */
  async #give(ending: Ending): Promise<void> {
    for (const [key, owned] of this.#owned) this.#leaving.set(key, owned);
    this.#owned.clear();
    this.#waiting.clear();
    this.#troubles.keep(({ partition }) => partition === undefined);
    if (ending === "fenced") this.#generation = undefined;
    if (ending === "closed" || this.#isClosing()) return;
    if (this.#leaving.size > 0) {
      const finished = new Promise<void>((finished) => {
        this.#revoking = { left: this.#leaving.size, finished };
      });
      for (const { topic, partition } of this.#leaving.values())
        this.#control.push({ kind: "revoked", topic, partition });
      this.#stream.wake();
      const stop = new AbortController();
      if (this.#generation !== undefined) {
        void this.#stay(this.#generation, stop.signal);
        await Promise.race([finished, sleep(FINISH_MS, this.#interrupt.signal)]);
      }
      await this.#commits;
      stop.abort();
    }
    this.#generation = undefined;
    if (ending === "stuck") {
      this.#sockets.cut();
      await this.#membership.leave().catch(() => {});
    }
  }

  /** Beats, whatever is answered, while the group waits for what is finished here. */
  async #stay(generation: Generation, stop: AbortSignal): Promise<void> {
    for (;;) {
      await sleep((this.#options.sessionMs ?? SESSION_MS) / BEATS, stop);
      if (stop.aborted) return;
      await this.#membership.beat(generation).catch(() => {});
    }
  }

  #take(): ReadEvent | undefined {
    // Whoever asks for the next event has finished with the one before.
    if (this.#current?.kind === "revoked" && this.#revoking !== undefined) {
      this.#revoking.left -= 1;
      if (this.#revoking.left === 0) this.#revoking.finished();
    }
    this.#current = this.#control.shift() ?? this.#batch();
    return this.#current;
  }

  /** Partitions take turns: the one served goes to the end. */
  #batch(): ReadEvent | undefined {
    for (const [key, owned] of this.#owned) {
      const { topic, partition, end } = owned;
      if (!owned.hasNews || this.#paused.has(topic)) continue;
      const records = owned.take();
      this.#owned.delete(key);
      this.#owned.set(key, owned);
      this.#fetcher?.pump();
      return { kind: "batch", topic, partition, records, next: owned.told, end };
    }
    return undefined;
  }

  async #commit(commits: readonly Commit[]): Promise<void> {
    const generation = this.#generation;
    const positions = commits.map((commit) => {
      const { topic, partition, epoch, offset, unsettled, journalCommit } = commit;
      const owned = this.#owned.get(keyOf(commit)) ?? this.#leaving.get(keyOf(commit));
      if (generation === undefined || owned?.epoch !== epoch) throw new StaleEpochError(topic, partition, epoch);
      const { topicId, since, rereadUntil } = owned;
      const { journal } = this.#options;
      const metadata = writeMetadata({
        topicId,
        unsettled: Math.min(unsettled, offset),
        since,
        rereadUntil: rereadUntil !== undefined && rereadUntil > offset ? rereadUntil : undefined,
        journal,
        journalCommit,
      });
      return { owned, stored: { topic, partition, offset, metadata } };
    });
    const [first] = commits;
    if (generation === undefined || first === undefined) return;
    let refused: Awaited<ReturnType<Membership["commit"]>>;
    try {
      refused = await this.#membership.commit(
        generation,
        positions.map(({ stored }) => stored),
      );
    } catch (error) {
      if (!(error instanceof FencedError)) throw kafkaError(error, "commit positions", this.#names);
      if (this.#generation === generation) this.#end("fenced");
      throw new StaleEpochError(first.topic, first.partition, first.epoch);
    }
    const failed = new Set(refused.map(keyOf));
    for (const { owned, stored } of positions) {
      if (failed.has(keyOf(owned))) continue;
      if (owned.rereadUntil !== undefined && owned.rereadUntil <= stored.offset) owned.rereadUntil = undefined;
    }
    if (refused.length > 0) throw new CommitRefusedError(refused, refused[0]?.error);
  }

  /** All of it fails and is tried again: said once, until it works. */
  #trouble(error: string): void {
    if (this.#failure === undefined) this.#alert("cannot read for the moment; trying again", { error });
    this.#failure = { message: error, since: this.#failure?.since ?? performance.now() };
  }

  #recovered(): void {
    this.#failure = undefined;
  }

  #alert(message: string, fields: LogFields): void {
    this.#options.alert?.(message, { cluster: this.#names.cluster.name, group: this.#options.group, ...fields });
  }
}

function late(milliseconds: number): Promise<false> {
  return timeout(milliseconds, false, { ref: false });
}

/** Resolves then, or when the signal says so. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  // It rejects when it is aborted, and for nothing else.
  await timeout(milliseconds, undefined, { signal }).catch(() => {});
}
