import { sleep } from "../../../base/sleep.js";
import type { TopicPartition } from "../../../base/topic-partition.js";
import { kafkaError, protocolType } from "../connection/errors.js";
import type { FetchedPartition } from "../connection/group-broker.js";
import { topicError } from "../connection/partial-answers.js";
import { recordsFrom } from "../fetch/fetched-records.js";
import { Fetcher, type Wanted } from "../fetch/fetcher.js";
import { FencedError, type Generation } from "../group/membership.js";
import type { ReaderParts } from "./parts.js";
import { takeOver } from "./takeover.js";
import { noLeader, reasonOf, topicReason } from "./unreadable-reason.js";

/** Heartbeats in a session. */
const BEATS = 15;
/** A wait after refused fetches that a moving leader does not explain, milliseconds. */
const NOTABLE_REFUSAL_MS = 400;

/** Why a generation ended. "moved": an offset was out of range. */
export type Ending = "rebalance" | "fenced" | "moved" | "stalled" | "closed";

/** One generation of the group, served by a reader: it takes over partitions, fetches, and sends heartbeats to the end. */
export class ServedGeneration {
  readonly #parts: ReaderParts;
  readonly #generation: Generation;
  readonly #fetcher: Fetcher;
  readonly #ended: Promise<Ending>;
  /** Aborted when the generation has ended. */
  readonly #stop = new AbortController();
  #end: (ending: Ending) => void = () => {};

  constructor(parts: ReaderParts, generation: Generation) {
    this.#parts = parts;
    this.#generation = generation;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#fetcher = new Fetcher(parts.cluster, {
      wanted: () => parts.partitions.wanted(),
      fetched: (wanted, partition) => this.#fetched(wanted, partition),
      refused: (wanted, error) => this.#refused(wanted, error),
    });
  }

  /** Takes over the partitions that can be read; the others wait. */
  async takeOver(places: readonly TopicPartition[] = this.#generation.places): Promise<void> {
    await takeOver(this.#parts, this.#generation, places, this.#stop.signal);
    this.#checkTopics();
  }

  /** Fetches and sends heartbeats until the generation ends. */
  async serve(): Promise<Ending> {
    this.#fetcher.pump();
    try {
      return await Promise.race([this.#ended, this.#beat()]);
    } finally {
      this.#stop.abort();
      this.#fetcher.stop();
    }
  }

  /** Starts fetches: the wanted partitions may have changed. */
  pump(): void {
    this.#fetcher.pump();
  }

  end(ending: Ending): void {
    this.#end(ending);
  }

  /** Sends heartbeats, whatever the answer, while the group waits for the consumer of this reader. */
  async stay(stop: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#parts.membership.sessionMs / BEATS, stop);
      if (stop.aborted) return;
      await this.#parts.membership.beat(this.#generation).catch(() => {});
    }
  }

  /** Sends heartbeats, whatever else goes on; resolves with what ends the generation. */
  async #beat(): Promise<Ending> {
    const { membership, options, names, alert } = this.#parts;
    let answeredAt = performance.now();
    const partitions = this.#partitionCounts();
    let isFailing = false;
    for (;;) {
      await sleep(this.#parts.membership.sessionMs / BEATS, this.#stop.signal);
      if (this.#stop.signal.aborted) return "closed";
      try {
        if ((await membership.beat(this.#generation)) === "rebalance") return "rebalance";
        answeredAt = performance.now();
        const ending = await this.#maintain(partitions);
        if (ending !== undefined) return ending;
        isFailing = false;
      } catch (error) {
        if (error instanceof FencedError) return "fenced";
        // The group has removed this member by then.
        if (performance.now() - answeredAt > this.#parts.membership.sessionMs) return "fenced";
        // Owned partitions are read on until the session ends.
        const failure = kafkaError(error, `stay in group ${options.group}`, names).message;
        if (!isFailing) alert("the coordinator of the consumer group does not answer; retrying", { error: failure });
        isFailing = true;
      }
    }
  }

  /** Runs with each heartbeat: checks topics, leaders, waiting partitions and stalled ones. */
  async #maintain(partitions: string): Promise<Ending | undefined> {
    const { cluster, unreadable, stalls, alert } = this.#parts;
    if (unreadable.size > 0) await cluster.refreshMetadata();
    else await cluster.refreshMetadataIfNecessary();
    if (this.#partitionCounts() !== partitions) return "rebalance";
    this.#checkTopics();
    this.#checkLeaders();
    const { waiting } = this.#parts.partitions;
    if (waiting.length > 0) await this.takeOver(waiting);
    const stalled = await stalls.detect();
    if (stalled.length === 0) return undefined;
    alert("records are waiting, but none arrive; reconnecting", {
      partitions: stalled.map(({ topic, partition, next }) => `${topic}/${partition} at ${next}`),
    });
    return "stalled";
  }

  #partitionCounts(): string {
    const { cluster, topics } = this.#parts;
    return topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length).join(",");
  }

  /** Topics that failed as a whole, such as one that was deleted. */
  #checkTopics(): void {
    const { cluster, topics, unreadable } = this.#parts;
    for (const topic of topics) {
      const error = topicError(cluster, topic);
      if (error === undefined) unreadable.clear({ topic, partition: undefined });
      else unreadable.set({ topic, partition: undefined }, topicReason(topic, error));
    }
  }

  /** A partition that has no leader is not fetched; one that has a leader again is. */
  #checkLeaders(): void {
    const { cluster, partitions, unreadable } = this.#parts;
    for (const { topic, partition } of partitions.owned) {
      const found = cluster.findTopicPartitionMetadata(topic).find((each) => each.partitionId === partition);
      if (found !== undefined && found.leader < 0) unreadable.set({ topic, partition }, noLeader({ topic, partition }));
    }
    this.#fetcher.pump();
  }

  #fetched(wanted: Wanted, fetched: FetchedPartition): void {
    const { partitions, stalls, unreadable, events } = this.#parts;
    const owned = partitions.find(wanted);
    if (owned === undefined || owned.next !== wanted.next) return;
    const { records, next } = recordsFrom(fetched, wanted.next);
    owned.end = Math.max(Number(fetched.highWatermark), next);
    if (next > owned.next || owned.end <= owned.next) owned.progressAt = performance.now();
    if (next > owned.next) stalls.progressed(owned);
    owned.next = next;
    owned.backoff.reset();
    if (!stalls.isStalled(owned)) unreadable.clear(owned);
    owned.add(records);
    if (owned.hasNews) events.stream.wake();
  }

  #refused(wanted: Wanted, error: unknown): void {
    const { partitions, unreadable, alert } = this.#parts;
    const owned = partitions.find(wanted);
    if (owned === undefined || owned.next !== wanted.next) return;
    const { topic, partition } = wanted;
    if (protocolType(error) === "OFFSET_OUT_OF_RANGE") {
      alert("an offset is out of the topic's range; the start is looked up again", { topic, partition });
      this.#end("moved");
      return;
    }
    const wait = owned.backoff.next();
    owned.retryAt = performance.now() + wait;
    if (wait >= NOTABLE_REFUSAL_MS) unreadable.set(wanted, reasonOf(wanted, error));
    void sleep(wait, this.#stop.signal).then(() => this.#fetcher.pump());
  }
}
