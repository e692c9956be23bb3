import { isReason, type Reason } from "../activation/reasons.js";
import type { LogRecord } from "../log/port.js";

/** A dead letter: an activation that failed for good, as the broker appended it to a dead-letter topic. */
export interface DeadLetter {
  readonly id: string;
  readonly topic: string;
  readonly reason: Reason;
  /** The error of its last run, as text. */
  readonly error: string;
  /** Finished runs of its chain. */
  readonly attempts: number;
  /** The original record. */
  readonly value: Uint8Array;
}

export function deadLetterOf(topic: string, { key = "", value, headers = {} }: LogRecord): DeadLetter {
  const reason = headers["taskwire-reason"] ?? "";
  return {
    id: key,
    topic,
    reason: isReason(reason) ? reason : "reported",
    error: headers["taskwire-error"] ?? "",
    attempts: Number(headers["taskwire-attempts"] ?? 0),
    value,
  };
}
