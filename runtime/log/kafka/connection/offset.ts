import { TaskwireError } from "../../../base/errors.js";

/** Parses an offset from kafkajs. Throws TaskwireError `offset_too_large` beyond 2^53. */
export function offsetOf(text: string): number {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset))
    throw new TaskwireError(
      "offset_too_large",
      `expected an offset of at most ${Number.MAX_SAFE_INTEGER}, got ${text}`,
    );
  return offset;
}
