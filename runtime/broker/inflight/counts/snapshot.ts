import type { Reason } from "../../../activation/reasons.js";
import type { Counts, End } from "../../../activation/states.js";
import type { Limits } from "../limits.js";
import type { PartitionState } from "../persisted.js";
import type { Facts } from "../row.js";
import type { TopicLoad } from "./backpressure.js";
import type { Counters } from "./counters.js";
import type { Tally } from "./tally.js";

/** A session; one that was lost a moment ago is still there. */
export interface SessionSnapshot {
  readonly worker: string;
  readonly application: string;
  /** Wire names of its tasks, and the hashes of their facts. */
  readonly offers: readonly { readonly name: string; readonly hash: string }[];
  readonly processing: number;
  readonly draining: boolean;
  readonly lost: boolean;
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
  readonly ends: Readonly<Record<End, number>>;
  /** Activations that failed for good, by reason. */
  readonly failures: ReadonlyMap<Reason, number>;
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
