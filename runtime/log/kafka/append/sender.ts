import type { Cluster, PartitionMetadata } from "kafkajs";
import { Backoff, NO_JITTER } from "../../../base/backoff.js";
import { TaskwireError } from "../../../base/errors.js";
import { sleep } from "../../../base/sleep.js";
import { keyOf } from "../../../base/topic-partition.js";
import { NoPartitionError } from "../../port.js";
import type { Message } from "../connection/append-batch.js";
import { protocolType } from "../connection/errors.js";
import { groupBroker } from "../connection/group-broker.js";
import { offsetOf } from "../connection/offset.js";
import { topicError } from "../connection/partial-answers.js";
import { Partitioner } from "./partitioner.js";

const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** How often metadata is refreshed while a partition has no leader. */
const REFRESH_MS = 1000;
/** How long a partition without a leader is waited for: elections are over by then. */
const ELECTION_MS = 4000;
/** Errors that a retry does not help against. */
const FINAL = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
  "POLICY_VIOLATION",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
]);

/** Where a record is stored, or why it may not be stored. */
export type Outcome = { readonly partition: number; readonly offset: number } | { readonly error: unknown };

/** A record has to go to a partition without a leader. Exported for tests. */
export class NoLeaderError extends TaskwireError {
  constructor(topic: string, partition: number) {
    super(
      "kafka_no_leader",
      `partition ${partition} of topic "${topic}" has no leader: no Kafka broker that holds a copy of it is up. Records with a key, such as at-most-once activations, cannot go to another partition; start the brokers that hold it, then send again`,
    );
  }
}

/** One batch under way. */
interface Sending {
  readonly topic: string;
  readonly messages: readonly Message[];
  /** Size of each record in a batch of its own, bytes. */
  readonly sizes: readonly number[];
  readonly settled: (index: number, outcome: Outcome) => void;
  /** Records without an outcome, in order. */
  readonly open: Set<number>;
  /** The partition that each record was last sent to: it may be stored there. */
  readonly tried: Map<number, number>;
  /** Partitions that did not accept records. */
  readonly refusing: Set<number>;
  /** The failures of records in the current attempt. */
  readonly failures: Map<number, unknown>;
}

/**
 * Sends records with the acknowledgement of all replicas. Each record has its own outcome: a partition that cannot be
 * written to delays or fails only records that must go there. A record without a key moves to another partition when the
 * first one has no leader or cannot be reached; if its outcome there is unknown, it may be stored twice.
 */
export class Sender {
  readonly #cluster: Cluster;
  readonly #partitioner = new Partitioner();
  /** Since when partitions have had no leader, by keyOf; performance.now(). */
  readonly #unled = new Map<string, number>();
  /** The largest batch of a topic, bytes, for topics that refused a larger one. */
  readonly #limits = new Map<string, number>();
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Calls `settled` once for each record. Never rejects. */
  async send(
    topic: string,
    messages: readonly Message[],
    sizes: readonly number[],
    settled: (index: number, outcome: Outcome) => void,
  ): Promise<void> {
    this.#partitioner.begin(topic);
    const open = new Set(messages.keys());
    const sending: Sending = {
      ...{ topic, messages, sizes, settled, open },
      tried: new Map(),
      refusing: new Set(),
      failures: new Map(),
    };
    const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, NO_JITTER);
    for (let attempts = 1; sending.open.size > 0; ) {
      sending.failures.clear();
      try {
        await this.#attempt(sending);
      } catch (error) {
        for (const index of sending.open) sending.failures.set(index, error);
      }
      // Records that did not fit into the batch, or go to another partition now, have not failed.
      if (sending.failures.size === 0) continue;
      if (attempts === MOST_ATTEMPTS) {
        for (const index of sending.open) settled(index, { error: sending.failures.get(index) });
        return;
      }
      attempts += 1;
      await sleep(backoff.next());
      await this.#refreshMetadata();
    }
  }

  async #attempt(sending: Sending): Promise<void> {
    const { topic } = sending;
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(topic);
    await this.#cluster.refreshMetadataIfNecessary();
    let partitions = this.#partitionsOf(topic);
    if (partitions.some(({ leader }) => leader < 0) && performance.now() - this.#refreshedAt > REFRESH_MS) {
      await this.#refreshMetadata();
      partitions = this.#partitionsOf(topic);
    }
    this.#trackLeaders(topic, partitions);
    const byLeader = new Map<number, Map<number, number[]>>();
    for (const [partition, indices] of this.#share(sending, partitions)) {
      const leader = partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
      byLeader.set(leader, (byLeader.get(leader) ?? new Map()).set(partition, indices));
    }
    await Promise.all([...byLeader].map(([leader, parts]) => this.#produce(sending, leader, parts)));
  }

  /** The records for each partition. Records that cannot go to any partition fail or wait. */
  #share(sending: Sending, partitions: readonly PartitionMetadata[]): Map<number, number[]> {
    const { topic, messages, sizes, tried, refusing } = sending;
    const led = partitions.filter(({ leader }) => leader >= 0).map(({ partitionId }) => partitionId);
    led.sort((a, b) => a - b);
    const willing = led.filter((partition) => !refusing.has(partition));
    const free = this.#partitioner.free(topic, willing.length > 0 ? willing : led);
    const limit = this.#limits.get(topic) ?? Number.POSITIVE_INFINITY;
    const shares = new Map<number, number[]>();
    const bytes = new Map<number, number>();
    for (const index of sending.open) {
      const message = messages[index];
      if (message === undefined) continue;
      const before = tried.get(index);
      const stays = before !== undefined && willing.includes(before);
      if (message.partition !== undefined && !partitions.some((each) => each.partitionId === message.partition)) {
        // It may be new: the metadata is refreshed before the next attempt.
        sending.failures.set(index, new NoPartitionError(topic, message.partition, partitions.length));
        continue;
      }
      const keyed = message.key === null ? undefined : this.#partitioner.keyed(topic, message, partitions);
      const partition = message.partition ?? keyed ?? (stays ? before : free);
      if (partition === undefined || !led.includes(partition)) {
        this.#withoutLeader(sending, index, partition ?? partitions[0]?.partitionId ?? 0);
        continue;
      }
      const filled = (bytes.get(partition) ?? 0) + (sizes[index] ?? 0);
      if (shares.has(partition) && filled > limit) continue;
      bytes.set(partition, filled);
      const share = shares.get(partition);
      if (share === undefined) shares.set(partition, [index]);
      else share.push(index);
    }
    return shares;
  }

  #withoutLeader(sending: Sending, index: number, partition: number): void {
    const { topic } = sending;
    const error = new NoLeaderError(topic, partition);
    const since = this.#unled.get(keyOf({ topic, partition })) ?? performance.now();
    if (performance.now() - since < ELECTION_MS) sending.failures.set(index, error);
    else settle(sending, index, { error });
  }

  async #produce(sending: Sending, leader: number, parts: ReadonlyMap<number, readonly number[]>): Promise<void> {
    const { topic, messages } = sending;
    let node: ReturnType<typeof groupBroker>;
    try {
      node = groupBroker(await this.#cluster.findBroker({ nodeId: String(leader) }));
    } catch (error) {
      // Nothing was sent.
      for (const [partition, indices] of parts) this.#refused(sending, partition, indices, error);
      return;
    }
    const partitions = [...parts].map(([partition, indices]) => {
      for (const index of indices) sending.tried.set(index, partition);
      return { partition, messages: indices.flatMap((index) => messages[index] ?? []) };
    });
    try {
      const { topics } = await node.produce({ acks: -1, topicData: [{ topic, partitions }] });
      const answers = topics.flatMap((each) => each.partitions);
      for (const [partition, indices] of parts) {
        const answer = answers.find((each) => each.partition === partition);
        if (answer?.error !== undefined) this.#refused(sending, partition, indices, answer.error);
        else {
          const base = offsetOf(answer?.baseOffset ?? "NaN");
          for (const [at, index] of indices.entries()) settle(sending, index, { partition, offset: base + at });
        }
      }
    } catch (error) {
      for (const [partition, indices] of parts) this.#refused(sending, partition, indices, error);
    }
  }

  #refused(sending: Sending, partition: number, indices: readonly number[], error: unknown): void {
    const type = protocolType(error);
    if (type === "MESSAGE_TOO_LARGE" && indices.length > 1) {
      // The topic accepts less than its setting says: the same records again in smaller batches.
      const bytes = indices.reduce((sum, index) => sum + (sending.sizes[index] ?? 0), 0);
      this.#limits.set(sending.topic, Math.ceil(bytes / 2));
      return;
    }
    sending.refusing.add(partition);
    for (const index of indices) {
      if (FINAL.has(type)) settle(sending, index, { error });
      else sending.failures.set(index, error);
    }
  }

  #partitionsOf(topic: string): PartitionMetadata[] {
    const partitions = this.#cluster.findTopicPartitionMetadata(topic);
    if (partitions.length > 0) return partitions;
    throw topicError(this.#cluster, topic) ?? new Error(`the cluster has no metadata of topic "${topic}"`);
  }

  #trackLeaders(topic: string, partitions: readonly PartitionMetadata[]): void {
    for (const { partitionId, leader } of partitions) {
      const key = keyOf({ topic, partition: partitionId });
      if (leader >= 0) this.#unled.delete(key);
      else if (!this.#unled.has(key)) this.#unled.set(key, performance.now());
    }
  }

  async #refreshMetadata(): Promise<void> {
    this.#refreshedAt = performance.now();
    // Without an answer the next attempt fails with the reason.
    await this.#cluster.refreshMetadata().catch(() => {});
  }
}

function settle(sending: Sending, index: number, outcome: Outcome): void {
  sending.open.delete(index);
  sending.settled(index, outcome);
}
