/**
 * The states of an in-flight activation, until it is finally settled.
 *
 * - delayed: not due yet. In memory when it is due within the memory window, otherwise only a row of the journal.
 * - pending: waits for a worker. It was just read, its delay has passed, or its claim came back.
 * - processing: claimed. Ends by an outcome of the current claim, its deadline, or the loss of its session.
 * - retry: ended by an outcome; settled when the log has acknowledged the next run.
 *   A demoted activation is in this state too, until the log has acknowledged it in its new topic.
 * - failure: failed for good; settled when the log has acknowledged the dead letter (a discarded one is settled at once).
 * - parked: pending, but no worker can take it. Only a row of the journal; comes back when a worker appears.
 */
export type State = "delayed" | "pending" | "processing" | "retry" | "failure" | "parked";

/** Ended for good, by which rule; counted. */
export type End =
  | "completed"
  | "retried"
  | "deadlettered"
  | "discarded"
  | "expired"
  | "killswitched"
  | "forwarded"
  | "cancelled";

export type Counts = Record<State, number>;
