import type { Cluster } from "kafkajs";
import { Backoff, NO_JITTER } from "../../base/backoff.js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { sleep } from "../../base/sleep.js";
import { keyOf, type TopicPartition } from "../../base/topic-partition.js";
import { mostRecords, withinLimits } from "../browse-limits.js";
import { type Browsed, LogClosedError, NoPartitionError, type PartitionBounds } from "../port.js";
import { type ClusterNames, causesOf, kafkaError, protocolType, TopicMissingError } from "./connection/errors.js";
import { type FetchedPartition, groupBroker } from "./connection/group-broker.js";
import { type Bounds, boundsOf } from "./fetch/bounds.js";
import { recordsFrom } from "./fetch/fetched-records.js";
import { findTopics } from "./read/topics.js";
import { noLeader, reasonOf } from "./read/unreadable-reason.js";

const MOST_ATTEMPTS = 4;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1000;
/** How long Kafka holds a fetch that finds nothing, milliseconds. Before the end there is something to find. */
const WAIT_MS = 100;
/** A fetch asks for so much of each record that is wanted, at most. Unpacking more would hold up the event loop for long. */
const RECORD_BYTES = 2048;
const FETCH_BYTES = 512 * 1024;
/** Kafka gives one batch at least, whatever the limit. */
const ONE_BATCH_BYTES = 1;
const READ_COMMITTED = 1;

/** Reads partitions without a consumer group. Connects on first use. */
export class Browser {
  readonly #cluster: Cluster;
  readonly #names: ClusterNames;
  #used = false;
  #closed = false;

  constructor(cluster: Cluster, names: ClusterNames) {
    this.#cluster = cluster;
    this.#names = names;
  }

  async partitions(topic: string): Promise<PartitionBounds[]> {
    return this.#ask(`list the partitions of topic "${topic}"`, topic, async () => {
      const places = this.#placesOf(topic);
      const bounds = await this.#boundsOf(places);
      return places.map((place, index) => ({ partition: place.partition, ...boundsAt(bounds, index) }));
    });
  }

  async browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed> {
    const place = { topic, partition };
    return this.#ask(`read partition ${partition} of topic "${topic}"`, topic, async () => {
      const places = this.#placesOf(topic);
      if (!places.some((each) => each.partition === partition)) {
        throw new NoPartitionError(topic, partition, places.length);
      }
      const bounds = boundsAt(await this.#boundsOf([place]), 0);
      const start = Math.min(Math.max(from, bounds.first), bounds.end);
      if (start === bounds.end) return { records: [], next: start, ...bounds };
      const fetched = await this.#fetch(place, start, Math.min(mostRecords(limit) * RECORD_BYTES, FETCH_BYTES));
      if (fetched.error === undefined) return advanced(place, browsed(fetched, start, limit, bounds), start);
      if (reasonOf(place, fetched.error).code !== "undecodable") throw fetched.error;
      // One of the batches cannot be decoded: only the first one.
      const first = await this.#fetch(place, start, ONE_BATCH_BYTES);
      if (first.error === undefined) return advanced(place, browsed(first, start, limit, bounds), start);
      const missing = causesOf(first.error).find((cause) => cause instanceof TaskwireError);
      if (missing !== undefined || first.behind === undefined) throw first.error;
      return { records: [], next: first.behind, ...bounds, damaged: { from: start, error: messageOf(first.error) } };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#used) await this.#cluster.disconnect().catch(() => {});
  }

  /** Retries, with fresh metadata, what another node or a later moment may answer. */
  async #ask<T>(doing: string, topic: string, work: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, NO_JITTER);
    for (let attempts = 1; ; attempts += 1) {
      if (this.#closed) throw new LogClosedError();
      this.#used = true;
      try {
        await this.#cluster.connect();
        await findTopics(this.#cluster, [topic], this.#names);
        await this.#cluster.refreshMetadataIfNecessary();
        return await work();
      } catch (error) {
        if (attempts === MOST_ATTEMPTS || !mayPass(error, attempts)) throw kafkaError(error, doing, this.#names);
      }
      await sleep(backoff.next());
      await this.#cluster.refreshMetadata().catch(() => {});
    }
  }

  #placesOf(topic: string): TopicPartition[] {
    const partitions = this.#cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    return partitions.sort((a, b) => a - b).map((partition) => ({ topic, partition }));
  }

  /** In the order of the places. Throws the first error. */
  async #boundsOf(places: readonly TopicPartition[]): Promise<Bounds[]> {
    const { found, failed } = await boundsOf(this.#cluster, places);
    return places.map((place) => {
      const bounds = found.get(keyOf(place));
      const error = failed.get(keyOf(place));
      if (error !== undefined) throw error;
      if (bounds === undefined) throw new UnledError(noLeader(place).message);
      return bounds;
    });
  }

  async #fetch({ topic, partition }: TopicPartition, from: number, maxBytes: number): Promise<FetchedPartition> {
    const found = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition);
    const broker = groupBroker(await this.#cluster.findBroker({ nodeId: String(found?.leader) }));
    const { responses } = await broker.fetch({
      maxWaitTime: WAIT_MS,
      minBytes: 1,
      maxBytes,
      isolationLevel: READ_COMMITTED,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes }] }],
    });
    const fetched = responses.flatMap(({ partitions }) => partitions)[0];
    if (fetched === undefined) throw new Error(`the answer has no partition ${partition} of topic "${topic}"`);
    return fetched;
  }
}

class UnledError extends TaskwireError {
  constructor(message: string) {
    super("kafka_no_leader", message);
  }
}

/** Whether an error may pass. A topic or partition that was made a moment ago is found with fresh metadata. */
function mayPass(error: unknown, attempts: number): boolean {
  if (error instanceof TopicMissingError || error instanceof NoPartitionError) return attempts === 1;
  if (error instanceof UnledError) return true;
  if (error instanceof TaskwireError) return false;
  const type = protocolType(error);
  return !type.endsWith("AUTHORIZATION_FAILED") && !type.startsWith("UNSUPPORTED");
}

function boundsAt(bounds: readonly Bounds[], index: number): Bounds {
  return bounds[index] ?? { first: 0, end: 0 };
}

/** There is something up to the end, if only the gap that compaction left: an answer without it is not believed. */
function advanced({ topic, partition }: TopicPartition, found: Browsed, start: number): Browsed {
  if (found.next > start) return found;
  const place = `partition ${partition} of topic "${topic}"`;
  throw new Error(`the cluster gives nothing of ${place} from offset ${start}, although it ends at ${found.end}`);
}

function browsed(fetched: FetchedPartition, start: number, limit: number, bounds: Bounds): Browsed {
  const times = new Map(fetched.messages.map(({ offset, timestamp }) => [Number(offset), Number(timestamp)]));
  const found = recordsFrom(fetched, start);
  const records = withinLimits(found.records.slice(0, mostRecords(limit)), limit);
  const left = found.records[records.length];
  return {
    records: records.map((record) => ({ ...record, timestamp: times.get(record.offset) ?? 0 })),
    next: left === undefined ? found.next : left.offset,
    first: bounds.first,
    end: Math.max(bounds.end, left === undefined ? found.next : left.offset),
  };
}
