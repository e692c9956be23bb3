import type { Cluster } from "kafkajs";
import { keyOf, type Place } from "./assignment.js";
import { groupBroker } from "./group-broker.js";
import { offsetOf } from "./offset.js";

const EARLIEST = -2;
const LATEST = -1;

export interface Bounds {
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
}

/** First and end of partitions, by keyOf. */
export async function boundsOf(cluster: Cluster, places: readonly Place[]): Promise<Map<string, Bounds>> {
  const [firsts, ends] = await Promise.all([offsets(cluster, places, EARLIEST), endsOf(cluster, places)]);
  return new Map(
    places.flatMap((place) => {
      const first = firsts.get(keyOf(place));
      const end = ends.get(keyOf(place));
      return first === undefined || end === undefined ? [] : [[keyOf(place), { first, end }] as const];
    }),
  );
}

export function endsOf(cluster: Cluster, places: readonly Place[]): Promise<Map<string, number>> {
  return offsets(cluster, places, LATEST);
}

async function offsets(cluster: Cluster, places: readonly Place[], timestamp: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [leader, led] of byLeader(cluster, places)) {
    const broker = groupBroker(await cluster.findBroker({ nodeId: leader }));
    const topics = [...new Set(led.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: led.filter((place) => place.topic === topic).map(({ partition }) => ({ partition, timestamp })),
    }));
    for (const { topic, partitions } of (await broker.listOffsets({ topics })).responses) {
      for (const { partition, offset } of partitions) found.set(keyOf({ topic, partition }), offsetOf(offset));
    }
  }
  return found;
}

/** Partitions by the node that leads them; those without a leader are left out. */
export function byLeader(cluster: Cluster, places: readonly Place[]): Map<string, Place[]> {
  const led = new Map<string, Place[]>();
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
