import type { ActivationHead } from "../../../activation/activation.js";
import { DEFAULT_DEADLINE_SECONDS } from "../../../activation/encoding/bounds.js";
import { CHOSEN_ID_HEADER, REPLAY_OF_HEADER, SLOT_HEADER } from "../../../activation/headers.js";
import type { Limits } from "../limits.js";
import type { Facts, RecordOffset } from "../row.js";

/** What the machine keeps of an activation. A receive time in the future counts as now, because producers' clocks differ. */
export function factsOf(
  seq: number,
  record: RecordOffset,
  payload: Uint8Array,
  head: ActivationHead,
  limits: Limits,
  now: number,
): Facts {
  const receivedAt = head.receivedAt > 0 ? Math.min(head.receivedAt, now) : now;
  const deadline = (head.deadline > 0 ? head.deadline : DEFAULT_DEADLINE_SECONDS) * 1000;
  return {
    seq,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    payload,
    id: head.id,
    namespace: head.namespace,
    task: head.task,
    application: head.application,
    receivedAt,
    due: head.delay === undefined || head.delay === 0 ? 0 : receivedAt + head.delay * 1000,
    expiresAt: head.expires === undefined ? Number.POSITIVE_INFINITY : receivedAt + head.expires * 1000,
    deadline: Math.min(deadline, limits.maxProcessingDeadline),
    atMostOnce: head.retry.atMostOnce,
    deadLetter: head.retry.onExceeded === "deadletter",
    attempts: head.retry.attempts,
    maxAttempts: head.retry.maxAttempts,
    remembered:
      head.retry.atMostOnce ||
      head.retry.attempts > 0 ||
      head.headers.has(SLOT_HEADER) ||
      head.headers.has(REPLAY_OF_HEADER) ||
      head.headers.has(CHOSEN_ID_HEADER),
  };
}

/** A record that can never be an activation: its id is its place in the log, and it becomes a dead letter. */
export function poisonFacts(seq: number, record: RecordOffset, payload: Uint8Array, now: number): Facts {
  return {
    seq,
    ...record,
    payload,
    id: `${record.topic}/${record.partition}/${record.offset}`,
    namespace: "",
    task: "",
    application: "",
    receivedAt: now,
    due: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    deadline: 0,
    atMostOnce: false,
    deadLetter: true,
    attempts: 0,
    maxAttempts: 0,
    remembered: false,
  };
}
