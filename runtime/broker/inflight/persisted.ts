import type { TopicPartition } from "../../base/topic-partition.js";
import type { StoredRow } from "./row.js";

/** How far a partition is accounted for. */
export interface PartitionState extends TopicPartition {
  readonly logId: string;
  /** All records before it are settled or rows of the journal. */
  readonly position: number;
  /** So are these above it: flat ranges start, end (not included), ascending. */
  readonly done: readonly number[];
}

/** What the journal knows at start. Delayed and parked rows are only counted; they come by `loaded` and `unparked`. */
export interface Recovered {
  readonly kind: "recovered";
  readonly boot: number;
  readonly nextSeq: number;
  readonly partitions: readonly PartitionState[];
  /** All rows except delayed and parked ones. */
  readonly rows: readonly StoredRow[];
  /** Delayed and parked rows, counted. */
  readonly counted: readonly StoredCount[];
  /** Earliest due time of the delayed rows, Infinity when there are none. */
  readonly nextDue: number;
  /** The ids that are remembered as finished. */
  readonly finished: FinishedIds;
  /** Hashes of the ids of delayed and parked rows that are remembered when they have finished; absent: none. */
  readonly storedOnly?: BigUint64Array;
  /** Set while records are read again because rows of the journal were damaged. */
  readonly rebuilt: readonly RebuiltPartition[];
  /** Workers with an open session at the last commit. */
  readonly workers: readonly string[];
  /** Partitions of shared logs; absent: none. */
  readonly ownership?: readonly StoredOwnership[];
  readonly copied?: CopiedRows | undefined;
  /** Ids that are cancelled when they are read; absent: none. */
  readonly ahead?: readonly AheadId[];
}

/** An id that is cancelled when its record is read, until a time by the wall. */
export interface AheadId {
  readonly id: string;
  /** Who cancelled it. */
  readonly by: string;
  readonly until: number;
}

/** Delayed or parked rows that are counted together. */
export interface StoredKind {
  readonly state: "delayed" | "parked";
  readonly topic: string;
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
}

export interface StoredCount extends StoredKind {
  readonly count: number;
  /** Earliest receive time among them. */
  readonly oldest: number;
}

/** Hashes of finished ids (commit/finished.ts) and until when each is kept, index by index. */
export interface FinishedIds {
  readonly hashes: BigUint64Array;
  readonly until: Float64Array;
}

/**
 * A partition that is read again because the journal lost rows of it: below `until` at-most-once records fail
 * (store_corrupt), others run, perhaps a second time. Records at the offsets `kept` still have their row.
 */
export interface RebuiltPartition extends TopicPartition {
  /** Infinity: not known; up to the end of the log when it is assigned. */
  readonly until: number;
  readonly kept: Float64Array;
}

/**
 * What this journal may hand out of one partition of a log that several journals share. A partition that moves is read
 * again from the position that the log has stored. So a row below a position that this journal stored belongs to it for
 * good; another journal may have a copy of any other row. The names are those of the in-flight file.
 */
export interface StoredOwnership extends TopicPartition {
  readonly logId: string;
  /** Where reading began when the partition was last assigned. */
  readonly since: number;
  /** Offsets below positions that this journal stored: the position, then flat ranges above it. */
  readonly proven: readonly number[];
}

/** The rows that an older copy of the in-flight file brought back. */
export interface CopiedRows {
  /** Rows with lower numbers come from the copy. */
  readonly below: number;
  /** The file that went on after the copy was made had settled everything below these offsets. */
  readonly settled: readonly (readonly [topic: string, partition: number, offset: number])[];
}

/** The position that the log has stored, and by whom. */
export interface CommittedPosition extends TopicPartition {
  /** undefined: none. */
  readonly committed: number | undefined;
  /** From this offset on, whoever stored the position has read all records itself; absent: not known. */
  readonly since?: number | undefined;
  /** This journal stored it. */
  readonly own: boolean;
  /** Set: this journal is an older copy of the one that stored it, which had settled everything below. */
  readonly settledBelow?: number | undefined;
}

export interface Cursor {
  readonly due: number;
  readonly seq: number;
}

/** A place among rows in the order of their receipt. */
export interface ReceivedCursor {
  readonly receivedAt: number;
  readonly seq: number;
}

/** Where a page continues. `kind`: the index of the kind in which it is. */
export interface StoredPlace extends Cursor, ReceivedCursor {
  readonly kind: number;
}

/** A delayed or parked row as an operator finds it. */
export interface FoundRow extends StoredRow {
  /** Bytes of the payload, which is empty unless it was asked for. */
  readonly size: number;
}

/**
 * Asks for stored rows behind a place: delayed ones of all tasks in the order of (due, seq), or those of some kinds, one kind
 * after the other, each in the order of (receivedAt, seq); the place is then in the first kind. A turn returns at most 1,000
 * rows, 200 with payloads, and fewer when they take more than 5 ms. `newest`: backwards, but for the order of the kinds.
 */
export type PageRequest = { readonly limit: number; readonly payload: boolean; readonly newest?: boolean } & (
  | { readonly order: "due"; readonly after: Cursor }
  | { readonly order: "received"; readonly kinds: readonly StoredKind[]; readonly after: ReceivedCursor }
);

/** Asks for delayed rows after the cursor, due at `dueBefore` or earlier, in the order of (due, seq). */
export interface LoadRequest {
  readonly after: Cursor;
  readonly dueBefore: number;
  readonly limit: number;
}

/** What one journal commit changes. */
export interface Changes {
  readonly number: number;
  /** Rows that the journal does not have yet. */
  readonly inserts: readonly StoredRow[];
  readonly updates: readonly RowUpdate[];
  /** seq of rows that are settled. */
  readonly deletes: readonly number[];
  readonly partitions: readonly PartitionState[];
  /** The new boot number, when the claims of the last one were used up. */
  readonly boot: number | undefined;
  /** Workers with an open session, when that changed. */
  readonly workers: readonly string[] | undefined;
  /** Partitions of shared logs, all of them, when something about them changed. */
  readonly ownership?: readonly StoredOwnership[] | undefined;
  readonly copied?: CopiedRows | undefined;
  /** Ids that are cancelled when they are read, all of them, when they changed. */
  readonly ahead?: readonly AheadId[] | undefined;
  /** Ids to remember as finished. */
  readonly finished: readonly { readonly hash: bigint; readonly until: number }[];
}

export type RowUpdate = Pick<
  StoredRow,
  "seq" | "state" | "processingAttempts" | "claim" | "worker" | "claimUntil" | "ending"
>;
