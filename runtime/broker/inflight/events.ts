import type { ActivationHead } from "../../activation/activation.js";
import type { Reason } from "../../activation/reasons.js";
import type { Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../wire/session.js";
import type { Cursor, Recovered } from "./persisted.js";
import type { Facts, Row, StoredRow } from "./row.js";

/** A record as intake read it: an activation, or what can never be one. */
export type Arrival =
  | {
      readonly offset: number;
      readonly payload: Uint8Array;
      readonly head: ActivationHead;
      /** Fields whose number was beyond its bounds and was clamped; absent: none. */
      readonly clamped?: readonly string[];
    }
  | { readonly offset: number; readonly payload: Uint8Array; readonly poison: Reason; readonly error: string };

/** A fetch of a worker without session; it is answered by one `handOut`. */
export interface Fetch {
  /** Number of the caller's choice, unique among open fetches. */
  readonly fetch: number;
  /** undefined: of any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: of any. */
  readonly namespace: string | undefined;
  /** Held for new work until then; not later than now: answered at once. */
  readonly holdUntil: number;
}

/** What a worker without session says of an activation: the first one while it is processing settles it. */
export interface Conclusion {
  readonly id: string;
  readonly status: "complete" | "retry" | "failure";
  readonly maxAttempts: number | undefined;
  /** Seconds. */
  readonly delay: number | undefined;
}

/** What the runtime configuration says of activations. Must be a function of the facts alone. */
export interface Policy {
  judge(facts: Facts): "keep" | "drop" | "demote";
}

/** The journal, or the position, is not the one that the log knew last. */
export type PutBack =
  /** The journal is an older copy of the one that stored the position, which had settled everything below `settledBelow`. */
  | { readonly what: "journal"; readonly settledBelow: number }
  /** Somebody else moved the position. */
  | { readonly what: "position" };

/** The position that the log has stored, and by whom. */
export interface CommittedPosition {
  readonly topic: string;
  readonly partition: number;
  /** undefined: none. */
  readonly committed: number | undefined;
  /** From there on who stored it has read everything itself; absent: nobody knows. */
  readonly since?: number | undefined;
  /** This journal stored it. */
  readonly own: boolean;
  /** Set: this journal is an older copy of the one that stored it, which had settled everything below. */
  readonly settledBelow?: number | undefined;
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
      /** Lowest offset that the log keeps. */
      readonly first: number;
      /** The offset that the next appended record gets. */
      readonly end: number;
      /** Of a log that several journals share: where reading begins; the others as in CommittedPosition. */
      readonly share?: (Pick<CommittedPosition, "own" | "since"> & { readonly from: number }) | undefined;
      readonly putBack?: PutBack | undefined;
    }
  /** Partitions of a shared log are given away: what was not touched is left to their next owner. */
  | { readonly kind: "revoked"; readonly topic: string; readonly partition: number }
  /** The log has stored these positions for this journal. */
  | {
      readonly kind: "positionsStored";
      readonly positions: readonly { readonly topic: string; readonly partition: number; readonly position: number }[];
    }
  /** How the position of a partition that is not owned stands. */
  | ({ readonly kind: "positionRead" } & CommittedPosition)
  | {
      readonly kind: "arrived";
      readonly topic: string;
      readonly partition: number;
      readonly arrivals: readonly Arrival[];
      /** The log has nothing between the last arrival and this offset; absent: nothing is known of it. */
      readonly next?: number | undefined;
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
  /** Credit that is not used yet no longer counts. */
  | { readonly kind: "withdrawn"; readonly session: string }
  | { readonly kind: "draining"; readonly session: string }
  /**
   * Its stream ended without a goodbye, or never began; the worker may come back. `since`: when it was last heard of;
   * absent: now.
   */
  | { readonly kind: "lost"; readonly session: string; readonly since?: number }
  /** The worker said goodbye: it gave back what it had not started, and will say nothing of the rest. */
  | { readonly kind: "closed"; readonly session: string }
  | ({ readonly kind: "fetch" } & Fetch)
  /** The caller has gone: the fetch is not answered any more. */
  | { readonly kind: "unfetch"; readonly fetch: number }
  | { readonly kind: "concluded"; readonly conclusions: readonly Conclusion[] }
  /** A pushed claim that the worker did not take: back, without a processing attempt. */
  | { readonly kind: "refused"; readonly claim: number }
  /** Nobody knows whether the worker took a pushed claim: back, except at-most-once work. */
  | { readonly kind: "unanswered"; readonly claim: number }
  | { readonly kind: "policy"; readonly policy: Policy }
  | { readonly kind: "published"; readonly rows: readonly Row[] }
  /** The log refuses the record for good: it stays on disk and is named in status, metric and log. */
  | { readonly kind: "unpublishable"; readonly row: Row; readonly error: string }
  | {
      readonly kind: "loaded";
      readonly rows: readonly StoredRow[];
      readonly complete: boolean;
      readonly nextDue: number;
    }
  /** The answer to `unpark`. */
  | { readonly kind: "unparked"; readonly rows: readonly StoredRow[] }
  | { readonly kind: "committed"; readonly number: number }
  /** Bytes in use of the in-flight file. */
  | { readonly kind: "disk"; readonly bytes: number }
  | { readonly kind: "tick" }
  /** The last event: claims that the journal has no row of yet get one, their outcomes may come after the next start. */
  | { readonly kind: "stopping" };

export type Effect =
  | { readonly kind: "deliver"; readonly session: string; readonly deliveries: readonly Delivery[] }
  /** The answer to a fetch; undefined: there is nothing. */
  | { readonly kind: "handOut"; readonly fetch: number; readonly delivery: Delivery | undefined }
  /** Append the next run, the dead letter, or (forward) the same bytes to the demoted topic, then say `published`. */
  | { readonly kind: "publish"; readonly as: PublishAs; readonly row: Row }
  /** Read delayed rows behind `after`, due at `dueBefore` or earlier, in order of (due, seq), then say `loaded`. */
  | { readonly kind: "load"; readonly after: Cursor; readonly dueBefore: number; readonly limit: number }
  /** Read parked rows of these tasks in order of seq, then say `unparked`. */
  | {
      readonly kind: "unpark";
      readonly application: string;
      readonly namespace: string;
      readonly tasks: readonly string[];
      readonly limit: number;
    }
  | { readonly kind: "pause" | "resume"; readonly topic: string }
  /** Commit as soon as the journal is free. */
  | { readonly kind: "commitNow" }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: object;
    };

export type PublishAs = "retry" | "deadletter" | "forward";

/** Settled for good, by which rule; counted. */
export type End = "completed" | "retried" | "deadlettered" | "discarded" | "expired" | "killswitched" | "forwarded";

/** Why the reading of a topic is held back. */
export type PauseReason =
  | "max_pending_count"
  | "max_delay_count"
  | "max_disk"
  /** Payloads in memory. */
  | "memory"
  /** Changes wait for the journal. */
  | "journal";
