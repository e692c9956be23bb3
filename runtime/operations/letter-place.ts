import type { TopicPartition } from "../base/topic-partition.js";
import { OperationError } from "./errors.js";

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

/** The place that a request names in the parameter `field`. Throws OperationError `bad_place`. */
export function requiredPlace(text: string, field: string): Place {
  const place = placeIn(text);
  if (place !== undefined) return place;
  const message = `${field}: expected TOPIC/PARTITION/OFFSET of a dead letter, found "${text.slice(0, 80)}"; \`taskwire dead-letters list\` prints them`;
  throw new OperationError("bad_request", "bad_place", message, { field });
}
