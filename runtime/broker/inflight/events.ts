import type { ActivationHead } from "../../activation/activation.js";
import type { Reason } from "../../activation/reasons.js";
import type { Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../wire/session.js";
import type { CopiedRows } from "./copied.js";
import type { Holding, Standing } from "./intake/partition-ownership.js";
import type { Facts, Row, State, StoredRow } from "./row.js";

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

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  readonly logId: string;
  /** All before it are settled or rows of the journal. */
  readonly position: number;
  /** So are these above it: flat ranges start, end (not included), ascending. */
  readonly done: readonly number[];
}

/** What the journal knows at start. Delayed rows are only counted; they come by `loaded`. */
export interface Recovered {
  readonly kind: "recovered";
  readonly boot: number;
  readonly nextSeq: number;
  readonly partitions: readonly PartitionState[];
  /** All rows but delayed and parked ones. */
  readonly rows: readonly StoredRow[];
  /** Delayed and parked rows, counted. */
  readonly counted: readonly StoredCount[];
  /** Earliest due time of the delayed rows, Infinity when there are none. */
  readonly nextDue: number;
  /** The memory of finished ids. */
  readonly finished: FinishedIds;
  /** Hashes of the ids of delayed and parked rows that are remembered when they are finished; absent: none. */
  readonly away?: BigUint64Array;
  /** Set while records are read again because rows of the journal were damaged. */
  readonly rebuilt: readonly RebuiltPartition[];
  /** Workers with an open session at the last commit. */
  readonly workers: readonly string[];
  /** Partitions of shared logs; absent: none. */
  readonly holdings?: readonly Holding[];
  readonly copied?: CopiedRows | undefined;
}

export interface StoredCount {
  readonly state: "delayed" | "parked";
  readonly topic: string;
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly count: number;
  /** Earliest receive time among them. */
  readonly oldest: number;
}

/** Hashes of finished ids (finished.ts) and until when each is kept, index by index. */
export interface FinishedIds {
  readonly hashes: BigUint64Array;
  readonly until: Float64Array;
}

/**
 * A partition that is read again because the journal lost rows of it: below `until` at-most-once records end as
 * failure (store_corrupt), others run (again). Records at `kept` have their row.
 */
export interface RebuiltPartition {
  readonly topic: string;
  readonly partition: number;
  /** Infinity: not known, up to the end of the log at its assignment. */
  readonly until: number;
  readonly kept: Float64Array;
}

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
      /** Of a log that several journals share: where reading begins; the others as in Standing. */
      readonly share?: (Pick<Standing, "own" | "since"> & { readonly from: number }) | undefined;
      readonly putBack?: PutBack | undefined;
    }
  /** Partitions of a shared log are given away: what was not touched is left to their next owner. */
  | { readonly kind: "revoked"; readonly topic: string; readonly partition: number }
  /** The log has stored these positions for this journal. */
  | {
      readonly kind: "proven";
      readonly positions: readonly { readonly topic: string; readonly partition: number; readonly position: number }[];
    }
  /** How the position of a partition that is not owned stands. */
  | ({ readonly kind: "standing" } & Standing)
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
  /** Partitions of shared logs, all of them, when something about them changed. */
  readonly holdings?: readonly Holding[] | undefined;
  readonly copied?: CopiedRows | undefined;
  /** Ids to remember as finished. */
  readonly finished: readonly { readonly hash: bigint; readonly until: number }[];
}

export type RowUpdate = Pick<
  StoredRow,
  "seq" | "state" | "processingAttempts" | "claim" | "worker" | "claimUntil" | "ending"
>;

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

export interface Limits {
  /** Per topic: reading stops here and goes on at 75 %. */
  readonly maxPendingCount: number;
  /** Per topic: hand-out waits here. */
  readonly maxProcessingCount: number;
  /** Per topic: reading stops here and goes on at 75 %. Default Infinity. */
  readonly maxDelayCount: number;
  /** Bytes in use of the in-flight file: all reading stops here. Default 8 GiB. */
  readonly maxDisk: number;
  /** Bytes of payloads in memory: all reading stops here. Default 256 MiB. */
  readonly maxLiveBytes: number;
  /** Changes that wait for a commit: all reading stops here. Default 16,384. */
  readonly maxUncommitted: number;
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
  /** Work that no worker can take is parked after so many milliseconds. Default 30,000. */
  readonly parkAfter: number;
  /** Fetches held at a time; further ones are answered at once. Default 256. */
  readonly maxHeldFetches: number;
  /** How long a finished id is remembered, milliseconds. Default 24 h. */
  readonly rememberFor: number;
  /** Finished ids remembered at a time; the oldest go first. Default 10 million. */
  readonly rememberCount: number;
  /** Rows asked for at a time. Default 2,048. */
  readonly loadLimit: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxPendingCount: 16_384,
  maxProcessingCount: 16_384,
  maxDelayCount: Number.POSITIVE_INFINITY,
  maxDisk: 8 * 1024 ** 3,
  maxLiveBytes: 256 * 1024 ** 2,
  maxUncommitted: 16_384,
  maxProcessingAttempts: 5,
  maxProcessingDeadline: 3_600_000,
  memoryWindow: 60_000,
  grace: 3000,
  sessionGrace: 10_000,
  startGate: 1000,
  parkAfter: 30_000,
  maxHeldFetches: 256,
  rememberFor: 86_400_000,
  rememberCount: 10_000_000,
  loadLimit: 2048,
};

export type { Facts, Holding, Standing, State, StoredRow };
