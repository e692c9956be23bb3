import type { Reason } from "../../activation/reasons.js";
import type { State } from "../../activation/states.js";
import type { TopicPartition } from "../../base/topic-partition.js";

/** Where a record is in the log. */
export interface RecordOffset extends TopicPartition {
  readonly offset: number;
}

/**
 * How a run ended that was not completed: what a retry or dead letter is published with. With the reason `cancelled`, the
 * row waits for its end in the state `processing`, or in `pending` for its proof: whatever ends it is then no further run.
 */
export interface Ending {
  readonly reason: Reason;
  readonly error: string;
  /** Whole seconds until the next run; undefined: the activation's own retry delay. Only for retries. */
  readonly delay?: number | undefined;
  readonly maxAttempts?: number | undefined;
  /** Its record goes unchanged to the topic that the runtime configuration names. */
  readonly demoted?: boolean | undefined;
  /** Who cancelled it. */
  readonly by?: string | undefined;
}

/** The facts of an activation that never change while it is in flight. Times are milliseconds. */
export interface Facts {
  /** Order of intake; the journal's key. */
  readonly seq: number;
  readonly id: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  readonly application: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record as it was read. */
  readonly payload: Uint8Array;
  readonly receivedAt: number;
  /** 0: due at once. */
  readonly due: number;
  /** Infinity: never. */
  readonly expiresAt: number;
  /** Effective processing deadline. */
  readonly deadline: number;
  readonly atMostOnce: boolean;
  readonly deadLetter: boolean;
  /** Finished runs of its chain before this one. */
  readonly attempts: number;
  /** 0: no bound. */
  readonly maxAttempts: number;
  /** Its id is remembered when it has finished: at-most-once work, retries, replays of dead letters, slots of the
   * scheduler, ids chosen by the caller. */
  readonly remembered: boolean;
}

/** A row as the journal keeps it. */
export interface StoredRow extends Facts {
  readonly state: State;
  readonly processingAttempts: number;
  /** 0: not claimed. */
  readonly claim: number;
  /** Worker id of the claim's session, "" when not claimed. */
  readonly worker: string;
  /** When the claimed run is presumed lost, by the wall; Infinity until it is known to have started. */
  readonly claimUntil: number;
  readonly ending: Ending | undefined;
}
