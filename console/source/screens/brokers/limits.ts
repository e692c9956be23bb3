import type { Status, TopicStatus } from "../../../../runtime/operations/status/document.js";

/** A quantity and the limit that it may not exceed. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  /** null: there is no limit. */
  readonly limit: number | null;
  /** `full`: it is reached. `near`: 80 % of it. */
  readonly level: "free" | "near" | "full";
}

const NEAR = 0.8;

export function limitsOf(topic: TopicStatus): Limit[] {
  return [
    limited("pending", topic.pending, topic.maxPendingCount),
    limited("processing", topic.processing, topic.maxProcessingCount),
    limited("delayed", topic.delayed, topic.maxDelayCount),
  ];
}

export function diskOf({ journal }: Pick<Status, "journal">): Limit {
  return limited("in-flight file", journal.bytes, journal.maxBytes);
}

/** Share of the limit, from 0 to 1; null: there is none. */
export function shareOf({ value, limit }: Pick<Limit, "value" | "limit">): number | null {
  if (limit === null) return null;
  return limit <= 0 ? 1 : Math.min(1, Math.max(0, value / limit));
}

function limited(name: string, value: number, limit: number | null): Limit {
  const share = shareOf({ value, limit }) ?? 0;
  return { name, value, limit, level: share >= 1 ? "full" : share >= NEAR ? "near" : "free" };
}
