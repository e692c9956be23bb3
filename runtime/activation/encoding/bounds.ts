import { LARGEST_ACTIVATION_BYTES } from "../../wire/limits.js";

/**
 * What an activation may say of itself. Numbers beyond are clamped and counted: within these bounds no timer, date or
 * column overflows. Longer texts are refused.
 */

/** Of delay, expires, processing deadline and retry delay: ten years of 365 days. */
export const LONGEST_SECONDS = 3650 * 86_400;
/** Of attempts and max_attempts; the schema language's own bound of `times`. */
export const MOST_ATTEMPTS = 1_000_000;
/** The last millisecond of the year 9999; a Timestamp goes no further. */
export const LATEST_MS = 253_402_300_799_999;
/** Of id, namespace, task name and application each. */
export const LONGEST_NAME_BYTES = 1024;
/** Of all headers together as encoded, for producers. */
export const MOST_HEADER_BYTES = 64 * 1024;
/** What a retry may add (the header taskwire-root): brokers take so much more than producers may send. */
const RETRY_ROOM_BYTES = 4096;
/** Of all headers together, for brokers. */
export const MOST_TAKEN_HEADER_BYTES: number = MOST_HEADER_BYTES + RETRY_ROOM_BYTES;
/** Largest activation as encoded, for brokers. */
export const LARGEST_TAKEN_BYTES: number = LARGEST_ACTIVATION_BYTES + RETRY_ROOM_BYTES;

export function atMost(value: number | bigint, most: number): number {
  return value > most ? most : Number(value);
}
