import type { ActivationHead } from "../../activation/activation.js";
import type { Reason } from "../../activation/reasons.js";
import type { Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../wire/session.js";
import type { Facts, Row, State, StoredRow } from "./row.js";

/** A record as intake read it: an activation, or what can never be one. */
export type Arrival =
  | { readonly offset: number; readonly payload: Uint8Array; readonly head: ActivationHead }
  | { readonly offset: number; readonly payload: Uint8Array; readonly poison: Reason; readonly error: string };

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  readonly logId: string;
  /** All before it are settled or rows of the journal. */
  readonly position: number;
}

/** What the journal knows at start. Delayed rows are only counted; they come by `loaded`. */
export interface Recovered {
  readonly kind: "recovered";
  readonly boot: number;
  readonly nextSeq: number;
  readonly partitions: readonly PartitionState[];
  /** All rows but delayed ones. */
  readonly rows: readonly StoredRow[];
  readonly delayed: readonly { application: string; namespace: string; task: string; count: number }[];
  /** Earliest due time of the delayed rows, Infinity when there are none. */
  readonly nextDue: number;
  /** Workers with an open session at the last commit. */
  readonly workers: readonly string[];
}

export type Event =
  | Recovered
  | {
      readonly kind: "assigned";
      readonly topic: string;
      readonly partition: number;
      readonly logId: string;
      readonly committed: number | undefined;
      readonly takenOver: boolean;
    }
  | {
      readonly kind: "arrived";
      readonly topic: string;
      readonly partition: number;
      readonly arrivals: readonly Arrival[];
    }
  | {
      readonly kind: "opened";
      readonly session: string;
      readonly worker: string;
      readonly application: string;
      readonly tasks: readonly TaskOffer[];
      readonly held: readonly HeldClaim[];
    }
  | { readonly kind: "credit"; readonly session: string; readonly count: number }
  | { readonly kind: "started"; readonly session: string; readonly starts: readonly Started[] }
  | { readonly kind: "outcomes"; readonly session: string; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "returned"; readonly session: string; readonly claims: readonly number[] }
  /** The session hands out nothing any more. */
  | { readonly kind: "draining"; readonly session: string }
  /** Its stream ended without a goodbye; the worker may come back. */
  | { readonly kind: "lost"; readonly session: string }
  /** The worker said goodbye: it gave back what it had not started, and will say nothing of the rest. */
  | { readonly kind: "closed"; readonly session: string }
  | { readonly kind: "published"; readonly rows: readonly Row[] }
  | {
      readonly kind: "loaded";
      readonly rows: readonly StoredRow[];
      readonly complete: boolean;
      readonly nextDue: number;
    }
  | { readonly kind: "committed"; readonly number: number }
  | { readonly kind: "tick" };

export type Effect =
  | { readonly kind: "deliver"; readonly session: string; readonly deliveries: readonly Delivery[] }
  /** Append the next run or the dead letter, then say `published`. */
  | { readonly kind: "publish"; readonly as: "retry" | "deadletter"; readonly row: Row }
  /** Read delayed rows behind `after`, due at `dueBefore` or earlier, in order of (due, seq), then say `loaded`. */
  | { readonly kind: "load"; readonly after: Cursor; readonly dueBefore: number; readonly limit: number }
  | { readonly kind: "pause" | "resume"; readonly topic: string }
  /** Commit as soon as the journal is free. */
  | { readonly kind: "commitNow" }
  | { readonly kind: "log"; readonly level: "info" | "warn"; readonly message: string; readonly fields: object };

export interface Cursor {
  readonly due: number;
  readonly seq: number;
}

/** What one journal commit changes. */
export interface Changes {
  readonly number: number;
  /** Rows the journal does not have yet. */
  readonly inserts: readonly StoredRow[];
  readonly updates: readonly RowUpdate[];
  /** seq of rows that are finally settled. */
  readonly deletes: readonly number[];
  readonly partitions: readonly PartitionState[];
  /** Set when the boot number was used up and counted on. */
  readonly boot: number | undefined;
  /** Workers with an open session, when that changed. */
  readonly workers: readonly string[] | undefined;
}

export type RowUpdate = Pick<
  StoredRow,
  "seq" | "state" | "processingAttempts" | "claim" | "worker" | "claimUntil" | "ending"
>;

/** Settled for good, by which rule; counted. */
export type End = "completed" | "retried" | "deadlettered" | "discarded" | "expired";

export interface Limits {
  /** Per topic: reading stops here and goes on at 75 %. */
  readonly maxPendingCount: number;
  /** Per topic: hand-out waits here. */
  readonly maxProcessingCount: number;
  readonly maxProcessingAttempts: number;
  /** Milliseconds. */
  readonly maxProcessingDeadline: number;
  /** Delayed activations due within so many milliseconds are live; others are only rows. Default 60,000. */
  readonly memoryWindow: number;
  /** A run is presumed lost so many milliseconds after its deadline. Default 3,000. */
  readonly grace: number;
  /** A session that is gone gives its claims back after so many milliseconds. Default 10,000. */
  readonly sessionGrace: number;
  /** After a start nothing is handed out for so long, or until all known workers are back. Default 1,000. */
  readonly startGate: number;
  /** Rows asked for at a time. Default 4,096. */
  readonly loadLimit: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxPendingCount: 16_384,
  maxProcessingCount: 16_384,
  maxProcessingAttempts: 5,
  maxProcessingDeadline: 3_600_000,
  memoryWindow: 60_000,
  grace: 3000,
  sessionGrace: 10_000,
  startGate: 1000,
  loadLimit: 4096,
};

export type { Facts, State, StoredRow };
