import type { Cluster } from "kafkajs";
import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { groupBroker } from "../connection/group-broker.js";
import { offsetOf } from "../connection/offset.js";

const EARLIEST = -2;
const LATEST = -1;

export interface Bounds {
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
}

/** Results for partitions, by keyOf, and errors of the others. */
interface Found<T> {
  readonly found: ReadonlyMap<string, T>;
  readonly failed: ReadonlyMap<string, unknown>;
}

/** First and end of partitions. A partition without a leader is in neither map. */
export async function boundsOf(cluster: Cluster, places: readonly TopicPartition[]): Promise<Found<Bounds>> {
  const [firsts, ends] = await Promise.all([offsets(cluster, places, EARLIEST), endsOf(cluster, places)]);
  const found = new Map<string, Bounds>();
  for (const place of places) {
    const first = firsts.found.get(keyOf(place));
    const end = ends.found.get(keyOf(place));
    if (first !== undefined && end !== undefined) found.set(keyOf(place), { first, end });
  }
  return { found, failed: new Map([...firsts.failed, ...ends.failed]) };
}

/** The offsets that the next appended records of the partitions get. */
export function endsOf(cluster: Cluster, places: readonly TopicPartition[]): Promise<Found<number>> {
  return offsets(cluster, places, LATEST);
}

async function offsets(cluster: Cluster, places: readonly TopicPartition[], timestamp: number): Promise<Found<number>> {
  const found = new Map<string, number>();
  const failed = new Map<string, unknown>();
  const ask = async (leader: string, led: readonly TopicPartition[]) => {
    const broker = groupBroker(await cluster.findBroker({ nodeId: leader }));
    const topics = [...new Set(led.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: led.filter((place) => place.topic === topic).map(({ partition }) => ({ partition, timestamp })),
    }));
    for (const { topic, partitions } of (await broker.listOffsets({ topics })).responses) {
      for (const { partition, offset, error } of partitions) {
        if (error === undefined) found.set(keyOf({ topic, partition }), offsetOf(offset));
        else failed.set(keyOf({ topic, partition }), error);
      }
    }
  };
  await Promise.all(
    [...byLeader(cluster, places)].map(([leader, led]) =>
      ask(leader, led).catch((error: unknown) => {
        for (const place of led) failed.set(keyOf(place), error);
      }),
    ),
  );
  return { found, failed };
}

/** Partitions by the node that leads them, without those that have no leader. */
export function byLeader(cluster: Cluster, places: readonly TopicPartition[]): Map<string, TopicPartition[]> {
  const led = new Map<string, TopicPartition[]>();
  for (const place of places) {
    const found = cluster
      .findTopicPartitionMetadata(place.topic)
      .find(({ partitionId }) => partitionId === place.partition);
    if (found === undefined || found.leader < 0) continue;
    const leader = String(found.leader);
    led.set(leader, [...(led.get(leader) ?? []), place]);
  }
  return led;
}
