import type { PartitionStatus, TopicStatus } from "../../../operations/status/document.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";
import { pausesOf } from "./pauses.js";

/** The offset that the next appended record gets; null: unknown, undefined: the partition is not read here. */
export type PartitionEnd = (topic: string, partition: number) => number | null | undefined;

/** The partitions that are read here. */
export function partitionsOf(snapshot: Snapshot, end: PartitionEnd): PartitionStatus[] {
  return [...snapshot.partitions].flatMap(({ topic, partition, position }) => {
    const next = end(topic, partition);
    if (next === undefined) return [];
    const lag = next === null ? null : Math.max(0, next - position);
    return [{ topic, partition, position, lag, paused: snapshot.isPaused(topic) }];
  });
}

/** The limits of each topic, and what counts against them. */
export function topicsOf(snapshot: Snapshot): TopicStatus[] {
  const { maxPendingCount, maxProcessingCount, maxDelayCount } = snapshot.limits;
  return [...snapshot.topics].map(([topic, load]) => ({
    topic,
    pending: load.pending,
    maxPendingCount,
    processing: load.processing,
    maxProcessingCount,
    delayed: load.delayed,
    maxDelayCount: Number.isFinite(maxDelayCount) ? maxDelayCount : null,
    parked: load.parked,
    paused: pausesOf(snapshot, load),
  }));
}
