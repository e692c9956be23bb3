import type { PartitionStatus, Status, TopicStatus } from "../../../../runtime/operations/status/document.js";

type Unreadable = Status["unreadable"][number];

/** A topic of a broker: the partitions that it reads, its limits, and what keeps it from reading. */
export interface TopicFacts {
  readonly topic: string;
  readonly partitions: readonly (PartitionStatus & { readonly unreadable: Unreadable | null })[];
  /** Why the whole topic cannot be read; null: it can. */
  readonly unreadable: Unreadable | null;
  readonly limits: TopicStatus | null;
  /** Records that are not read yet; null: not known of one of its partitions. */
  readonly lag: number | null;
}

/** By name. A topic without partitions here is read by other brokers. */
export function topicFacts({
  topics,
  limits,
  unreadable,
}: Pick<Status, "topics" | "limits" | "unreadable">): TopicFacts[] {
  const names = new Set([...topics, ...limits, ...unreadable].map(({ topic }) => topic));
  return [...names].sort().map((topic) => {
    const of = unreadable.filter((each) => each.topic === topic);
    const partitions = topics
      .filter((each) => each.topic === topic)
      .sort((one, other) => one.partition - other.partition)
      .map((each) => ({ ...each, unreadable: of.find(({ partition }) => partition === each.partition) ?? null }));
    const lags = partitions.map(({ lag }) => lag);
    return {
      topic,
      partitions,
      unreadable: of.find(({ partition }) => partition === null) ?? null,
      limits: limits.find((each) => each.topic === topic) ?? null,
      lag: lags.some((lag) => lag === null) ? null : lags.reduce<number>((total, lag) => total + (lag ?? 0), 0),
    };
  });
}
