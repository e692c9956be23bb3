import type { Reason as EndReason } from "../../activation/reasons.js";
import type { Counts, End } from "../../activation/states.js";
import type { Unreadable } from "../../log/port.js";
import type { About, Vitals } from "../../wire/session.js";
import type { CancelledAhead, ControlsStatus } from "../documents/controls.js";
import type { PauseReason, Reason } from "./causes.js";

/** The document of `taskwire status --json` and /api/status. Ages are milliseconds; null: there is no age. */
export interface Status {
  readonly pool: string;
  readonly environment: string;
  readonly data: string;
  /** A log of the pool is this broker's own: brokers of another data folder read other records, whatever their pool's name. */
  readonly ownLog: boolean;
  readonly broker: {
    /** Names this start of the broker. */
    readonly id: string;
    /** Version of taskwire. */
    readonly version: string;
    /** ISO 8601. */
    readonly startedAt: string;
    /** Version of this document and of the operations. */
    readonly api: 1;
  };
  /** Bytes of the broker's memory, and the lag of its event loop in the last 5 s, p99 in milliseconds; null: not measured yet. */
  readonly process: { readonly rss: number; readonly loopLag: number | null };
  /** Why the broker is not ready, as in /readyz; empty when it is. */
  readonly notReady: readonly Reason[];
  readonly counts: Counts;
  readonly oldestPending: number | null;
  /** Tasks in flight; when there are more than 1,000, those with the most activations. */
  readonly tasks: readonly TaskStatus[];
  readonly tasksLeftOut: number;
  /** Number of task names that the broker keeps in memory: of tasks in flight, and a bounded number of former ones. */
  readonly taskNames: number;
  /** Pending and parked work that no connected worker handles, the oldest first, at most 1,000 tasks. */
  readonly unclaimed: readonly UnclaimedTask[];
  /** Runs that ended in the last minute, the busiest tasks first, at most 1,000. */
  readonly lastMinute: readonly TaskRate[];
  /** Since the start of the broker. */
  readonly ended: Readonly<Record<End, number>>;
  readonly failures: Readonly<Partial<Record<EndReason, number>>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Activations that were lost with their worker twice or more, the last one first, at most 64, for 15 minutes. */
  readonly lostAgain: readonly LostAgainStatus[];
  /** Ids that operators cancelled before they are read. */
  readonly cancelledAhead: CancelledAhead;
  /** Activations read with numbers beyond their bounds, which were clamped. */
  readonly clamped: number;
  /** Records read again because the in-flight file lost rows: they may run twice. */
  readonly reread: number;
  readonly sessions: readonly SessionStatus[];
  readonly heldFetches: number;
  /** Applications whose workers fetched within the last minute; null: for any application. */
  readonly pullClients: readonly { readonly application: string | null; readonly age: number }[];
  readonly pushTargets: readonly PushTargetStatus[];
  /** Refused calls by address and cause since the start, the last one first, at most 64. */
  readonly refused: readonly RefusedStatus[];
  /** In how many milliseconds the next delayed activation is due, or somewhat later; null: none is delayed. */
  readonly nextDue: number | null;
  /** After a start hand-out waits for workers that were connected before; null: it does not. */
  readonly startGate: { readonly opensIn: number; readonly workers: readonly string[] } | null;
  /**
   * Partitions whose at-most-once work waits until the log has stored a position beyond it. `owned`: this broker reads the
   * partition; else its owner has to answer.
   */
  readonly unproven: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly activations: number;
    readonly owned: boolean;
  }[];
  /**
   * Tasks that connected workers name, with the number of these workers, at most 1,000 tasks. `closed`: how many of them take
   * no more work; absent: none.
   */
  readonly handled: readonly {
    readonly application: string;
    readonly task: string;
    readonly workers: number;
    readonly closed?: number;
  }[];
  /** Tasks whose wire facts differ between workers or from the broker's model: they were built from different schemas. */
  readonly hashDiffers: readonly HashDifference[];
  /** Partitions that this broker reads; other partitions of its pool's topics are read by other brokers. */
  readonly topics: readonly PartitionStatus[];
  /** Partitions that cannot be read at the moment, and why. */
  readonly unreadable: readonly UnreadableStatus[];
  readonly limits: readonly TopicStatus[];
  readonly journal: {
    readonly file: string;
    /** Bytes in use. */
    readonly bytes: number;
    readonly maxBytes: number;
    /** Age of the oldest commit under way. */
    readonly commitAge: number | null;
  };
  /** Damaged in-flight files in quarantine, absolute. */
  readonly quarantine: readonly string[];
  /** What operators did; `error`: why the last of it is only in the broker's log. */
  readonly audit: { readonly file: string; readonly error: string | null };
  /** Dead letters; null: their index is not open, because nobody asked for any, or the log keeps them without end. */
  readonly letters: LettersStatus | null;
  readonly finishedIds: number;
  /** Topics whose log does not take retries, dead letters or forwarded records. */
  readonly publishing: readonly {
    readonly topic: string;
    readonly waiting: number;
    readonly failingFor: number;
    readonly error: string;
  }[];
  /** Activations whose retry or dead letter the log rejects permanently; `named`: the first of them. */
  readonly unpublishable: { readonly count: number; readonly named: readonly Unpublishable[] };
  readonly runtimeConfig: RuntimeConfigState | null;
  /** What people paused and killed. */
  readonly controls: ControlsStatus;
  /** How far the system time is ahead of the broker's clock, milliseconds. */
  readonly clockSkew: number;
  /** When the broker's clock last jumped to the system time (ISO 8601), and by how many milliseconds. */
  readonly clockCorrected: { readonly at: string; readonly by: number; readonly why: "slept" | "stepped" } | null;
}

export interface TaskStatus extends Counts {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly oldestPending: number | null;
  /** Who owns the task; absent: the broker's model names nobody. */
  readonly owner?: string;
}

export interface TaskRate {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  /** Completed activations. */
  readonly done: number;
  /** Failed runs: retried, discarded or dead-lettered. */
  readonly failed: number;
  /** Activations that expired before they started; absent: none. */
  readonly expired?: number;
}

export interface LostAgainStatus {
  readonly id: string;
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  /** How often it was handed out and lost with its worker. */
  readonly times: number;
  /** Why it was presumed lost the last time. */
  readonly error: string;
  /** How long ago that was, milliseconds. */
  readonly age: number;
  /** How it has ended; absent: it is in flight. */
  readonly end?: End;
}

export interface UnclaimedTask {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly pending: number;
  readonly parked: number;
  /** Age of the oldest activation. */
  readonly oldest: number;
  /** Who owns the task; absent: the broker's model names nobody. */
  readonly owner?: string;
}

export interface SessionStatus {
  readonly worker: string;
  readonly application: string;
  readonly tasks: number;
  readonly processing: number;
  readonly draining: boolean;
  /** An operator drained it: it is handed nothing more. */
  readonly drained: boolean;
  readonly lost: boolean;
  /** How many handlers it runs at once; null: not known, because it was last connected before the start. */
  readonly slots: number | null;
  /** How many more activations it accepts now. */
  readonly credit: number;
  /** Milliseconds until the claims of a lost one end; null: it is connected. */
  readonly claimsEndIn: number | null;
  /** What the worker says of itself; null: nothing. */
  readonly about: About | null;
  /** Its last report, every 5 s; null: none yet. */
  readonly vitals: (Vitals & { readonly age: number }) | null;
}

/** An address that activations of an application are pushed to. */
export interface PushTargetStatus {
  readonly application: string;
  readonly address: string;
  readonly connected: boolean;
  /** Pushes that wait for their answer, and the most at a time. */
  readonly pushing: number;
  readonly window: number;
  /** Milliseconds until it is tried again; null: it is not backing off. */
  readonly retryIn: number | null;
  readonly lastAnswer: {
    readonly result: "accepted" | "refused" | "unanswered";
    /** Status and message; "": accepted. */
    readonly details: string;
    readonly age: number;
  } | null;
}

export interface LettersStatus {
  readonly open: number;
  /** The open one that the log deletes first, and in how many milliseconds; null: none. */
  readonly deletedNext: { readonly place: string; readonly task: string; readonly in: number } | null;
}

export interface RefusedStatus {
  readonly peer: string;
  readonly cause: string;
  readonly count: number;
  /** Age of the last one. */
  readonly age: number;
}

export interface HashDifference {
  readonly application: string;
  readonly task: string;
  readonly hashes: readonly {
    readonly hash: string;
    readonly workers: readonly string[];
    /** Whether the broker's own model has this hash. */
    readonly model: boolean;
  }[];
}

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  /** Records that are not read yet; null: unknown, because the partition cannot be read. */
  readonly lag: number | null;
  readonly paused: boolean;
}

interface UnreadableStatus {
  readonly topic: string;
  /** null: the whole topic. */
  readonly partition: number | null;
  readonly code: Unreadable["code"];
  readonly message: string;
  readonly forMs: number;
}

export interface TopicStatus {
  readonly topic: string;
  /** Pending, and ended but not published yet. */
  readonly pending: number;
  readonly maxPendingCount: number;
  readonly processing: number;
  readonly maxProcessingCount: number;
  readonly delayed: number;
  readonly maxDelayCount: number | null;
  readonly parked: number;
  /** Why reading the topic is paused. */
  readonly paused: readonly { readonly reason: PauseReason; readonly message: string }[];
}

/** An activation whose next run or dead letter the log rejects permanently. */
export interface Unpublishable {
  readonly id: string;
  /** The id of the first run of its chain. */
  readonly root: string;
  /** 1: its first run. */
  readonly attempt: number;
  /** How often it was handed out and lost with its worker. */
  readonly lost: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly bytes: number;
  readonly error: string;
}

export interface RuntimeConfigState {
  readonly file: string;
  /** Whether the file's content is in force; false: the last valid one is, and `error` names the reason. */
  readonly current: boolean;
  readonly error: string | undefined;
  /** When the configuration in force was read, wall time, milliseconds. */
  readonly readAt: number;
  readonly droppedTasks: readonly string[];
  readonly selectors: number;
  readonly demotedNamespaces: readonly string[];
  readonly demotedTo: DemotedTarget | undefined;
  /** Entries that have no effect or probably not the intended one; the broker is ready all the same. */
  readonly warnings: readonly string[];
}

/** Where records of demoted namespaces go. */
export interface DemotedTarget {
  readonly topic: string;
  readonly cluster: string;
}
