/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Its key in maps: no topic's name has a NUL. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}\0${partition}`;
}
