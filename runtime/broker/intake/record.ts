import { LARGEST_TAKEN_BYTES } from "../../activation/encoding/bounds.js";
import { readHead } from "../../activation/encoding/head.js";
import { messageOf } from "../../base/errors.js";
import type { ReadRecord } from "../../log/port.js";
import { cutError } from "../../wire/codec/session-codec.js";
import type { Arrival } from "../inflight/events.js";

/** The arrival of a record that is an encoded activation, or says why it is not. */
export function arrivalOf(record: ReadRecord): Arrival {
  const { offset, value } = record;
  if (value.length > LARGEST_TAKEN_BYTES) {
    return {
      offset,
      payload: value,
      poison: "oversized",
      error: `${value.length} bytes; at most ${LARGEST_TAKEN_BYTES} are allowed`,
    };
  }
  try {
    const head = readHead(value);
    if (head.clamped.length === 0) return { offset, payload: value, head };
    return { offset, payload: value, head, clamped: head.clamped };
  } catch (error) {
    return { offset, payload: value, poison: "undecodable", error: cutError(messageOf(error)) };
  }
}
