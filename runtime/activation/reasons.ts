/** Why an activation ended: the complete list, used on the wire, in dead letters, metrics and logs. */
export const REASONS = {
  /** The handler threw, and no retry was allowed. */
  error: "the handler failed",
  attempts_exceeded: "the runs allowed by the retry policy are used up",
  deadline_exceeded: "the processing deadline passed",
  processing_attempts_exceeded: "its workers were lost too often",
  worker_lost: "its worker was lost, and it may run at most once",
  expired: "it expired before it was started",
  undecodable: "the record is not a TaskActivation",
  oversized: "the activation is larger than 10 MiB",
  unknown_task: "the worker has no such task",
  unknown_namespace: "the worker has no such namespace",
  bad_parameters: "the worker cannot read its parameters",
  already_started: "an at-most-once lock says it was started before",
  reported: "a worker reported failure without a reason",
  store_corrupt: "its row in the in-flight store was damaged, and it may run at most once",
  taken_over: "another in-flight store, or a later copy of this one, may have started it, and it may run at most once",
  killswitch: "the runtime configuration drops it",
  demoted: "the runtime configuration forwards it to another topic",
  cancelled: "a person cancelled it",
  unproven: "its position was never proven, and it may run at most once",
} as const;

export type Reason = keyof typeof REASONS;

export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

/** These always end as dead letters, whatever the retry policy says: a rolling deploy must not discard accepted work. */
export const ALWAYS_DEADLETTERED: ReadonlySet<Reason> = new Set<Reason>([
  "undecodable",
  "oversized",
  "unknown_task",
  "unknown_namespace",
  "bad_parameters",
]);
