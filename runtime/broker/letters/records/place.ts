import type { TopicPartition } from "../../../base/topic-partition.js";

/** Where a record is in the log. */
export interface Place extends TopicPartition {
  readonly offset: number;
}

const PLACE = /^(.{1,512})\/(\d{1,10})\/(\d{1,16})$/s;

/** TOPIC/PARTITION/OFFSET. */
export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}

/** The place that the string names; undefined: it names none. A topic may have slashes. */
export function placeIn(text: string): Place | undefined {
  const match = PLACE.exec(text);
  if (match === null) return undefined;
  const [, topic = "", partition, offset] = match;
  const place = { topic, partition: Number(partition), offset: Number(offset) };
  return Number.isSafeInteger(place.offset) ? place : undefined;
}
