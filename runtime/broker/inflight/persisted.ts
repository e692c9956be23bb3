import type { StoredRow } from "./row.js";

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
  readonly ownership?: readonly StoredOwnership[];
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

/**
 * What this journal may hand out of one partition of a log that several journals share. A partition that moves is read
 * again from the position that the log has stored: a row below a position that this journal stored is its own for good, of
 * any other row another journal may have a copy.
 */
export interface StoredOwnership {
  readonly topic: string;
  readonly partition: number;
  readonly logId: string;
  /** Where reading began when the partition was last assigned. */
  readonly since: number;
  /** Offsets below positions that this journal stored: the position, then flat ranges above it. */
  readonly proven: readonly number[];
}

/** What is known of rows that an older copy of the in-flight file brought back. */
export interface CopiedRows {
  /** Rows with lower numbers are of the copy. */
  readonly below: number;
  /** The life after the copy had settled everything below these offsets. */
  readonly settled: readonly (readonly [topic: string, partition: number, offset: number])[];
}

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
  readonly ownership?: readonly StoredOwnership[] | undefined;
  readonly copied?: CopiedRows | undefined;
  /** Ids to remember as finished. */
  readonly finished: readonly { readonly hash: bigint; readonly until: number }[];
}

export type RowUpdate = Pick<
  StoredRow,
  "seq" | "state" | "processingAttempts" | "claim" | "worker" | "claimUntil" | "ending"
>;
