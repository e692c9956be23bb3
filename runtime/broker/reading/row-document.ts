import { cut } from "../../base/text.js";
import type { ActivationRow } from "../../operations/documents/activations.js";
import type { FoundRow } from "../inflight/persisted.js";

/** Most characters of an error in a list. */
const ERROR_CHARACTERS = 512;

export function rowDocument(row: FoundRow): ActivationRow {
  const { id, application, namespace, task, state, topic, partition, offset, size, ending } = row;
  const claimed = state === "processing" && Number.isFinite(row.claimUntil);
  return {
    id,
    application,
    namespace,
    task,
    state,
    received: isoTime(row.receivedAt),
    due: row.due === 0 ? null : isoTime(row.due),
    expires: Number.isFinite(row.expiresAt) ? isoTime(row.expiresAt) : null,
    attempt: row.attempts + 1,
    attempts: row.maxAttempts === 0 ? null : row.maxAttempts,
    worker: row.worker === "" ? null : row.worker,
    claimUntil: claimed ? isoTime(row.claimUntil) : null,
    reason: ending?.reason ?? null,
    error: ending === undefined ? null : cut(ending.error, ERROR_CHARACTERS),
    topic,
    partition,
    offset,
    size,
  };
}

/** Times of activations are within the years 1970 to 9999, and ten years after. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
