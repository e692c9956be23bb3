import type { ActivationHead } from "../../activation/activation.js";
import type { Reason } from "../../activation/reasons.js";
import type { TopicPartition } from "../../base/topic-partition.js";
import type { About, Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../wire/session.js";
import type { Row } from "./live-row.js";
import type { CommittedPosition, LoadRequest, PageRequest, Recovered, StoredPlace } from "./persisted.js";
import type { Facts, StoredRow } from "./row.js";

/** A record as intake read it: an activation, or something that can never be one. */
export type Arrival =
  | {
      readonly offset: number;
      readonly payload: Uint8Array;
      readonly head: ActivationHead;
      /** Fields whose number was out of range and was clamped; absent: none. */
      readonly clamped?: readonly string[];
    }
  | { readonly offset: number; readonly payload: Uint8Array; readonly poison: Reason; readonly error: string };

/** The call of a worker without a session for one activation; it is answered by one `handOut`. */
export interface Fetch {
  /** Number of the caller's choice, unique among open fetches. */
  readonly fetch: number;
  /** undefined: any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: any. */
  readonly namespace: string | undefined;
  /** How long it waits for new work, as a time; not later than now: answered at once. */
  readonly holdUntil: number;
}

/** What a worker without a session reports of an activation: the first report while it is processing settles it. */
export interface Conclusion {
  readonly id: string;
  readonly status: "complete" | "retry" | "failure";
  readonly maxAttempts: number | undefined;
  /** Seconds. */
  readonly delay: number | undefined;
}

/** What an operator does to activations. */
export interface Act {
  /** Number of the caller's choice, unique among open acts; it is answered by one `acted`. */
  readonly act: number;
  /** `promote`: delayed ones are due now. `purge`: cancel, but only what waits. */
  readonly verb: "cancel" | "promote" | "purge";
  readonly ids: readonly string[];
  /** Instead of ids: one page of the delayed and parked rows of the journal, those of them that match. */
  readonly page?: ActPage | undefined;
  /** The person, for logs and status. */
  readonly by: string;
  /** Only activations in these states; absent: in any. */
  readonly states?: ReadonlySet<string> | undefined;
  /** Cancel only: the next run of one whose retry is being published is cancelled when it is read. */
  readonly chain?: boolean;
  /** Cancel only: ids that are not in flight are cancelled when they are read. */
  readonly ahead?: boolean;
}

export interface ActPage {
  readonly request: PageRequest;
  /** Must be a function of the row. */
  matches(facts: Facts, changing: Pick<StoredRow, "state" | "worker" | "ending">): boolean;
}

/** What an act did to one id. */
export type Acted =
  | { readonly id: string; readonly what: "done" }
  /** Its run was asked to end, or it waits to be proven ours. `until`: its end at the latest, by the wall; absent: soon. */
  | { readonly id: string; readonly what: "asked"; readonly until?: number }
  /** Promote: it is due already. */
  | { readonly id: string; readonly what: "already" }
  /** It has left the states that the act is for. */
  | { readonly id: string; readonly what: "changed" }
  /** Purge and promote: it is claimed by a worker. */
  | { readonly id: string; readonly what: "running" }
  /** It has ended, and what follows is being published: its next run, or else its dead letter. */
  | { readonly id: string; readonly what: "too_late"; readonly next?: string }
  | { readonly id: string; readonly what: "unknown" }
  /** `next`, itself or its next run, is cancelled when it is read. */
  | { readonly id: string; readonly what: "ahead"; readonly next: string }
  /** As many ids as possible are cancelled ahead already. */
  | { readonly id: string; readonly what: "full" };

/** What an act did, id by id. `next`: where the next page begins; undefined: there is none. */
export interface ActAnswer {
  readonly answers: readonly Acted[];
  readonly next: StoredPlace | undefined;
}

/** The verdict of the runtime configuration on activations. Must be a function of the facts alone. */
export interface Policy {
  judge(facts: Facts): "keep" | "drop" | "demote";
}

/** What people keep from being handed out. Runs that were handed out before continue. */
export interface Pauses {
  /** Names of namespaces and wire names of tasks: their work is parked. */
  readonly namespaces: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
  /** Topics whose work waits where it is; it is read until a limit is reached. */
  readonly topics: ReadonlySet<string>;
  /** So does the work of all topics. */
  readonly pool: boolean;
}

/** The journal, or the position, is not the one that the log knew last. */
type PutBack =
  /** The journal is an older copy of the one that stored the position, which had settled everything below `settledBelow`. */
  | { readonly what: "journal"; readonly settledBelow: number }
  /** Somebody else moved the position. */
  | { readonly what: "position" };

/** A partition is this broker's to read. */
export interface Assigned extends TopicPartition {
  readonly logId: string;
  readonly committed: number | undefined;
  readonly takenOver: boolean;
  /** Lowest offset that the log keeps. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
  /** Only in a log that several journals share. `from`: where reading begins. */
  readonly share?: (Pick<CommittedPosition, "own" | "since"> & { readonly from: number }) | undefined;
  readonly putBack?: PutBack | undefined;
}

/** Records of a partition were read. */
export interface Arrived extends TopicPartition {
  readonly arrivals: readonly Arrival[];
  /** The log has nothing between the last arrival and this offset; absent: not known. */
  readonly next?: number | undefined;
}

/** A worker opened a session; it has no credit yet. */
export interface Opened {
  readonly session: string;
  readonly worker: string;
  readonly application: string;
  readonly tasks: readonly TaskOffer[];
  readonly held: readonly HeldClaim[];
  /** For operators. */
  readonly slots?: number;
  readonly about?: About | undefined;
}

export type Event =
  | Recovered
  | ({ readonly kind: "assigned" } & Assigned)
  /** Partitions of a shared log are given away: work that nobody has taken is left to their next owner. */
  | ({ readonly kind: "revoked" } & TopicPartition)
  /** The log has stored these positions for this journal. */
  | {
      readonly kind: "positionsStored";
      readonly positions: readonly (TopicPartition & { readonly position: number })[];
    }
  /** The stored position of a partition that this broker does not own. */
  | ({ readonly kind: "positionRead" } & CommittedPosition)
  | ({ readonly kind: "arrived" } & Arrived)
  | ({ readonly kind: "opened" } & Opened)
  | { readonly kind: "credit"; readonly session: string; readonly count: number }
  | { readonly kind: "started"; readonly session: string; readonly starts: readonly Started[] }
  | { readonly kind: "outcomes"; readonly session: string; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "returned"; readonly session: string; readonly claims: readonly number[] }
  /** Unused credit no longer counts. */
  | { readonly kind: "withdrawn"; readonly session: string }
  /** The session takes no more work. */
  | { readonly kind: "draining"; readonly session: string }
  /**
   * Its stream ended without a goodbye, or never began; the worker may come back. `since`: when the worker was last seen;
   * absent: now.
   */
  | { readonly kind: "lost"; readonly session: string; readonly since?: number }
  /** The worker said goodbye: it has returned what it had not started, and reports nothing about the rest. */
  | { readonly kind: "closed"; readonly session: string }
  | ({ readonly kind: "fetch" } & Fetch)
  /** The caller has gone: the fetch is not answered. */
  | { readonly kind: "unfetch"; readonly fetch: number }
  | { readonly kind: "concluded"; readonly conclusions: readonly Conclusion[] }
  /** The worker did not take a pushed claim: it comes back, without a processing attempt. */
  | { readonly kind: "refused"; readonly claim: number }
  /** Nobody knows whether the worker took a pushed claim: it comes back, except at-most-once work. */
  | { readonly kind: "unanswered"; readonly claim: number }
  | ({ readonly kind: "act" } & Act)
  /** The answer to `find`, or to `page`; `next`: where the next page begins, absent at the end. */
  | {
      readonly kind: "found";
      readonly act: number;
      readonly rows: readonly StoredRow[];
      readonly next?: StoredPlace | undefined;
    }
  | { readonly kind: "policy"; readonly policy: Policy }
  | { readonly kind: "pauses"; readonly pauses: Pauses }
  /** The sessions of a worker are handed nothing more, or, with `drained` false, are handed work again. */
  | { readonly kind: "drain"; readonly worker: string; readonly drained: boolean }
  | { readonly kind: "published"; readonly rows: readonly Row[] }
  /** The log rejects the record permanently: it stays in the in-flight file and is listed in status, metric and log. */
  | { readonly kind: "unpublishable"; readonly row: Row; readonly error: string }
  /** The answer to `load`. */
  | {
      readonly kind: "loaded";
      readonly rows: readonly StoredRow[];
      /** There are no further ones that are due until then. */
      readonly complete: boolean;
      readonly nextDue: number;
    }
  /** The answer to `unpark`. */
  | { readonly kind: "unparked"; readonly rows: readonly StoredRow[] }
  | { readonly kind: "committed"; readonly number: number }
  /** Bytes in use of the in-flight file. */
  | { readonly kind: "disk"; readonly bytes: number }
  | { readonly kind: "tick" }
  /** The last event. Claims without a row get one: their outcomes may come after the next start. */
  | { readonly kind: "stopping" };

export type Effect =
  | { readonly kind: "deliver"; readonly session: string; readonly deliveries: readonly Delivery[] }
  /** The answer to a fetch; undefined: there is no work. */
  | { readonly kind: "handOut"; readonly fetch: number; readonly delivery: Delivery | undefined }
  /** Tell the worker that these claims were cancelled. */
  | { readonly kind: "cancel"; readonly session: string; readonly claims: readonly number[] }
  /** The answer to an act, id by id; what it changed is on disk with the next commit. */
  | ({ readonly kind: "acted"; readonly act: number } & ActAnswer)
  /** Read delayed and parked rows with these ids, without payloads; answered by `found`. */
  | { readonly kind: "find"; readonly act: number; readonly ids: readonly string[] }
  /** Read one page of delayed and parked rows; answered by `found`. */
  | { readonly kind: "page"; readonly act: number; readonly request: PageRequest }
  /** Append the next run, the dead letter, or (forward) the same bytes to the demoted topic; answered by `published`. */
  | { readonly kind: "publish"; readonly as: PublishAs; readonly row: Row }
  /** Answered by `loaded`. */
  | ({ readonly kind: "load" } & LoadRequest)
  /** Read parked rows of these tasks in the order of seq; answered by `unparked`. */
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
