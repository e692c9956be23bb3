/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The key of a partition, or of all partitions of a topic, in maps. No topic has a NUL in its name. */
export function keyOf({
  topic,
  partition,
}: {
  readonly topic: string;
  readonly partition: number | undefined;
}): string {
  return `${topic}\0${partition ?? "*"}`;
}
