import { PROCESSING_DEADLINE_MS } from "../../model/defaults.js";
import { LARGEST_ACTIVATION_BYTES } from "../../wire/limits.js";

/**
 * Limits on the fields of an activation. Larger numbers are clamped and counted: within these bounds no timer, date or
 * column overflows. Longer strings are refused.
 */

/** Processing deadline of an activation that has none. */
export const DEFAULT_DEADLINE_SECONDS: number = PROCESSING_DEADLINE_MS / 1000;
/** Limit of delay, expires, processing deadline and retry delay: ten years of 365 days. */
export const LONGEST_SECONDS = 3650 * 86_400;
/** Limit of attempts and max_attempts, and of `times` in the schema language. */
export const MOST_ATTEMPTS = 1_000_000;
/** The last millisecond of the year 9999; a Timestamp goes no further. */
export const LATEST_MS = 253_402_300_799_999;
/** Limit of id, namespace, task name and application, each. */
export const LONGEST_NAME_BYTES = 1024;
/** Limit of all headers together, encoded, that producers may send. */
export const MOST_HEADER_BYTES = 64 * 1024;
/** What a retry may add (the header taskwire-root): brokers accept this much more than producers may send. */
const RETRY_ROOM_BYTES = 4096;
/** Limit of all headers together that brokers accept. */
export const MOST_TAKEN_HEADER_BYTES: number = MOST_HEADER_BYTES + RETRY_ROOM_BYTES;
/** Largest encoded activation that brokers accept. */
export const LARGEST_TAKEN_BYTES: number = LARGEST_ACTIVATION_BYTES + RETRY_ROOM_BYTES;

export function atMost(value: number | bigint, most: number): number {
  return value > most ? most : Number(value);
}
