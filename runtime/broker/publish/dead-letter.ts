import { createHash } from "node:crypto";
import { LARGEST_TAKEN_BYTES } from "../../activation/encoding/bounds.js";
import type { LogRecord } from "../../log/port.js";
import type { Row } from "../inflight/live-row.js";
import { rootOf } from "../inflight/states/activation-names.js";

/**
 * The record of a dead letter: the original bytes, and how it ended in headers. Its key is the place of the original record:
 * the same when the letter is written twice, and never that of another letter, as ids that callers choose may be. Bytes
 * that no activation may have are left where they are: the value is empty, the headers give size, sha256 and place.
 */
export function deadLetter({ facts, ending, processingAttempts }: Row, now: number): LogRecord {
  const maxAttempts = ending?.maxAttempts ?? facts.maxAttempts;
  const whole = facts.payload.length <= LARGEST_TAKEN_BYTES;
  return {
    key: `${facts.topic}/${facts.partition}/${facts.offset}`,
    value: whole ? facts.payload : new Uint8Array(0),
    headers: {
      "taskwire-reason": ending?.reason ?? "reported",
      "taskwire-error": ending?.error ?? "",
      "taskwire-attempts": String(facts.attempts + 1),
      ...(maxAttempts > 0 ? { "taskwire-max-attempts": String(maxAttempts) } : {}),
      ...(processingAttempts > 0 ? { "taskwire-lost": String(processingAttempts) } : {}),
      "taskwire-id": facts.id,
      "taskwire-root": rootOf(facts),
      "taskwire-topic": facts.topic,
      "taskwire-partition": String(facts.partition),
      "taskwire-offset": String(facts.offset),
      "taskwire-at": new Date(now).toISOString(),
      ...(whole
        ? {}
        : {
            "taskwire-size": String(facts.payload.length),
            "taskwire-sha256": createHash("sha256").update(facts.payload).digest("hex"),
          }),
    },
  };
}
