import type { Reason } from "../../../activation/reasons.js";
import type { Counts, End } from "../../../activation/states.js";
import type { TopicPartition } from "../../../base/topic-partition.js";
import type { CancelledAhead } from "../../../operations/documents/controls.js";
import type { About } from "../../../wire/session.js";
import type { Limits } from "../limits.js";
import type { PartitionState } from "../persisted.js";
import type { Facts } from "../row.js";
import type { TopicLoad } from "./backpressure.js";
import type { Counters } from "./counters.js";
import type { LostAgain } from "./lost-again.js";
import type { Tally } from "./tally.js";

/** A session; one that was lost a moment ago is still there. */
export interface SessionSnapshot {
  readonly id: string;
  readonly worker: string;
  readonly application: string;
  /** Wire names of its tasks. */
  readonly tasks: ReadonlySet<string>;
  /** With the hashes of their facts. The same array as long as the session lasts. */
  readonly offers: readonly { readonly name: string; readonly hash: string }[];
  /** undefined: not known, from before the start. */
  readonly slots: number | undefined;
  readonly about: About | undefined;
  /** How many more activations it accepts. */
  readonly credit: number;
  readonly processing: number;
  readonly draining: boolean;
  /** People drained it. */
  readonly drained: boolean;
  readonly lost: boolean;
  /** When the claims of a lost one end, by the monotonic clock; undefined: it is not lost. */
  readonly endsAt: number | undefined;
}

/** What status, health and metrics show of the machine. Nothing is copied: it holds until the next event. */
export interface Snapshot {
  readonly limits: Limits;
  /** Tasks in flight, and some that were. */
  readonly tallies: Iterable<Tally>;
  readonly taskNames: number;
  /** Over all tasks. */
  readonly counts: Counts;
  readonly topics: Iterable<readonly [string, TopicLoad]>;
  readonly partitions: Iterable<PartitionState>;
  readonly sessions: readonly SessionSnapshot[];
  readonly heldFetches: number;
  /** Applications that fetched within the last minute, and when; undefined: fetches for any application. */
  readonly fetched: readonly { readonly application: string | undefined; readonly at: number }[];
  /** While hand-out waits after a start for workers to come back: for which, and until when; undefined: it does not. */
  readonly startGate: { readonly awaited: readonly string[]; readonly until: number } | undefined;
  /** Partitions with at-most-once work that waits until the log has a position beyond it. */
  readonly unproven: readonly (TopicPartition & { readonly activations: number; readonly owned: boolean })[];
  /** Not later than the next delayed activation is due, by the wall; Infinity: none is delayed. */
  readonly nextDue: number;
  /** Activations taken in from the log, and claims that were handed out. */
  readonly taken: number;
  readonly handedOut: number;
  readonly ends: Readonly<Record<End, number>>;
  /** Activations that failed for good, by reason. */
  readonly failures: ReadonlyMap<Reason, number>;
  /** Activations that were lost with their worker again and again, the last one first. */
  readonly lostAgain: ReturnType<LostAgain["at"]>;
  readonly cancelledAhead: CancelledAhead;
  readonly drops: Readonly<Counters["drops"]>;
  /** Activations taken in with numbers out of range. */
  readonly clamped: number;
  /** At-least-once records that are read again because the journal lost rows: they may run twice. */
  readonly reread: number;
  readonly unpublishable: Counters["unpublishable"];
  readonly finishedIds: number;
  /** Payloads in memory. */
  readonly liveBytes: number;
  /** Bytes in use of the in-flight file. */
  readonly diskBytes: number;
  /** Changes that no commit holds yet. */
  readonly uncommitted: number;
  isPaused(topic: string): boolean;
  /** The pending activation of the task that is next in line; undefined when none is in memory. */
  oldestPending(tally: Tally): Facts | undefined;
  /** Since when no worker can take the task: -Infinity when none ever could, undefined while one can. */
  unclaimedSince(tally: Tally, now: number): number | undefined;
}
