import { messageOf, TaskwireError } from "../base/errors.js";
import type { LogFields } from "../base/logger.js";
import type { Lineage } from "./lineage.js";

/** A cluster's log: append records, read them in order, store positions. Offsets are safe integers. */
export interface Log {
  /**
   * Resolves with the positions, in the order of `records`, when all are durable. On rejection some of them may be durable;
   * with RecordTooLargeError and NoPartitionError none is.
   */
  append(topic: string, records: readonly LogRecord[], options?: AppendOptions): Promise<Position[]>;
  /** The first event that is asked for rejects with errors of opening, and with ForeignReaderError. */
  read(topics: readonly string[], options: ReadOptions): LogReader;
  /** Whether a broker of the consumer group ever read the topic; until then records only pile up. */
  everRead(topic: string, group: string): Promise<boolean>;
  /** Rejects with an error that names the topics that do not exist. Absent: the log creates topics on first use. */
  needs?(topics: readonly string[]): Promise<void>;
  /**
   * The partitions of a topic, in order. On a log that creates topics on first use, one that was never used is empty; else a
   * topic that does not exist is an error.
   */
  partitions(topic: string): Promise<readonly PartitionBounds[]>;
  /**
   * Reads a partition without a consumer group, a stored position or a claim on the topic: the records from the offset `from`
   * (from the lowest that is kept, when that is higher), at most `limit`, 1,000, and 1 MiB unless the first one is larger.
   * Answers at once, also when there are none. Rejects with NoPartitionError.
   */
  browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed>;
  /**
   * Deletes records that were appended before a time (milliseconds since the epoch), oldest first, up to the first one that a
   * reader of the topic has not settled. Absent: the log deletes by settings of its own, as Kafka does.
   */
  trim?(topic: string, before: number): Promise<void>;
  /**
   * Empties the values of records for good; keys, headers and offsets stay. Durable when it resolves; places without a record
   * are skipped, so repeating is safe. Absent: the log cannot.
   */
  scrub?(topic: string, places: readonly Place[]): Promise<void>;
  /** Resolves when the appends made before have finished; readers end. */
  close(): Promise<void>;
}

export interface AppendOptions {
  /** Embedded log, exactly one record: kept for 24 h; a second append with the same key returns the first position. */
  readonly uniqueKey?: string;
  /** Default: one that the log chooses. */
  readonly partition?: number;
}

export interface LogRecord {
  readonly key?: string | undefined;
  /** The value of a record that was read may be a view of memory that it shares with its neighbours, at most 16 KiB. */
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The record has no value: on a compacted topic it deletes its key. `value` is empty then. */
  readonly tombstone?: true;
}

export interface ReadRecord extends LogRecord {
  readonly offset: number;
  /** When it was appended, milliseconds since the epoch. Set by `browse`, where the log has it. */
  readonly timestamp?: number;
}

export interface PartitionBounds {
  readonly partition: number;
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
}

/** What `browse` found. */
export interface Browsed {
  readonly records: readonly ReadRecord[];
  /** The offset to continue with: above the one that was asked for, or `end`. `records` may be empty all the same. */
  readonly next: number;
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
  /** Records from here up to `next` cannot be read: the disk lost them, or they cannot be decoded. `records` is empty then. */
  readonly damaged?: { readonly from: number; readonly error: string };
}

/** Where a record of a topic lies. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface Position extends Place {
  readonly topic: string;
}

export interface ReadOptions {
  /** Consumer group. */
  readonly group: string;
  /** Identity of the journal that records go to; the embedded log gives a topic to one journal only. */
  readonly journal: string;
  /** Allows to read a topic that another journal read before. */
  readonly takeOver?: boolean;
  /** How soon a dead reader loses its partitions, milliseconds; only on logs whose readers share topics. */
  readonly sessionMs?: number | undefined;
  /** The starts of the journal, by which a log recognizes an older copy of it. Default: none. */
  readonly lineage?: Lineage;
  /** The journal lost rows: read again from the lowest offset that was not settled, as after a take-over. */
  readonly reread?: boolean;
  /** Reports what an operator must know and no event carries: records that a topic deleted unread, an unreachable cluster. */
  readonly alert?: (message: string, fields: LogFields) => void;
}

/** The events of one reader, in order. It reads ahead by little: a consumer that does not ask for events holds it back. */
export interface LogReader extends AsyncIterable<ReadEvent> {
  /**
   * Stores positions durably. Rejects with StaleEpochError when a partition is not owned under that epoch any more; then no
   * position is stored. Rejects with CommitRefusedError when some partitions accept no position; then all others are stored.
   */
  commit(commits: readonly Commit[]): Promise<void>;
  /** Stops the batches of one topic; batches handed out before stay valid. */
  pause(topic: string): void;
  resume(topic: string): void;
  /**
   * Only on a log that several journals share: the stored positions of these partitions, without those that the reader owns
   * or is about to own.
   */
  stored?(places: readonly { readonly topic: string; readonly partition: number }[]): Promise<StoredPosition[]>;
  /** Partitions that cannot be read at the moment. Absent: all can always be read. */
  unreadable?(): readonly Unreadable[];
  /** The offset that the next appended record gets, as far as known; undefined when unknown or not owned. */
  end?(topic: string, partition: number): number | undefined;
  /** Ends the iteration. */
  close(): Promise<void>;
}

export interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  /** The next offset to read. */
  readonly offset: number;
  /** The lowest offset that is not settled; the log may trim below it. */
  readonly unsettled: number;
  /** Names the last commit of the journal that holds everything below `offset` (commitName in lineage.ts). */
  readonly journalCommit: string;
}

export type ReadEvent = Assigned | Batch | Damaged | Revoked;

export interface Assigned {
  readonly kind: "assigned";
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  /** Identity of the log: when it differs from last time, other records are under the same offsets. */
  readonly logId: string;
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
  /** The committed position; undefined when there is none. Reading starts here, else at `first`. */
  readonly committed: number | undefined;
  /** Set on a log that several journals share, each reading its partitions. */
  readonly share?: Share | undefined;
  /**
   * Another journal may have handed out records below `committed`, or this one lost rows of them: those that were not
   * settled are read again, so reading starts below. True until this journal has committed `committed` again.
   */
  readonly takenOver: boolean;
  /** The journal, or the position, is not the one that the log saw last; `takenOver` is true then. */
  readonly putBack?: PutBack | undefined;
}

export type PutBack =
  /** The journal is an older copy of the one that stored the position, which had settled everything below `settledBelow`. */
  | { readonly what: "journal"; readonly settledBelow: number }
  /** The position was moved from outside. */
  | { readonly what: "position" };

interface Share {
  /** Where reading begins. */
  readonly from: number;
  /** Identity of the journal that committed `committed`; undefined when nothing was committed, or when it is unknown. */
  readonly journal: string | undefined;
  /** From there up to `committed` that journal has read everything itself; undefined when unknown. */
  readonly since: number | undefined;
}

/** The position of a partition that the reader does not own. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  /** undefined when none was ever stored. */
  readonly committed: number | undefined;
  readonly journal: string | undefined;
  /** From there up to `committed` the journal has read everything itself. */
  readonly since: number | undefined;
  /** Set when this reader's journal is an older copy of the one that stored the position: what that one had settled. */
  readonly settledBelow?: number | undefined;
}

export interface Batch {
  readonly kind: "batch";
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ReadRecord[];
  /** The offset to go on with: the log has no record between the last one and it. Absent: the one after the last record. */
  readonly next?: number;
  /** The offset that the next appended record gets, as far as known. */
  readonly end: number;
}

/** Codes of reasons why a partition cannot be read. */
const UNREADABLE = [
  "topic_missing",
  "no_leader",
  "forbidden",
  "unreachable",
  "undecodable",
  "refused",
  "stalled",
] as const;

/** A partition that cannot be read at the moment. */
export interface Unreadable {
  readonly topic: string;
  /** undefined: all partitions of the topic that this reader would read. */
  readonly partition: number | undefined;
  readonly code: (typeof UNREADABLE)[number];
  /** Names the partition and the reason. */
  readonly message: string;
  /** How long it has been unreadable, milliseconds. */
  readonly forMs: number;
}

/** Acknowledged records that cannot be read any more: the disk changed or lost them. Reading goes on after them. */
export interface Damaged {
  readonly kind: "damaged";
  readonly topic: string;
  readonly partition: number;
  /** The first lost offset. */
  readonly from: number;
  /** The offset after the last lost one. */
  readonly to: number;
  /** What was found, for messages. */
  readonly error: string;
}

interface Revoked {
  readonly kind: "revoked";
  readonly topic: string;
  readonly partition: number;
}

export class StaleEpochError extends TaskwireError {
  constructor(topic: string, partition: number, epoch: number) {
    super("stale_epoch", `${topic}/${partition}: epoch ${epoch} is no longer owned`);
  }
}

/** Some partitions accept no position, such as those of a deleted topic. */
export class CommitRefusedError extends TaskwireError {
  readonly refused: readonly { readonly topic: string; readonly partition: number }[];

  constructor(refused: readonly { readonly topic: string; readonly partition: number }[], cause: unknown) {
    const places = refused.map(({ topic, partition }) => `${topic}/${partition}`).join(", ");
    super("commit_refused", `the cluster does not accept positions of ${places}: ${messageOf(cause)}`, { cause });
    this.refused = refused;
  }
}

/** Another journal reads the topic. */
export class ForeignReaderError extends TaskwireError {
  constructor(topic: string) {
    super(
      "foreign_reader",
      `topic "${topic}" of the embedded log is read by another in-flight file; start the broker with its former data folder, or pass --take-over (at-most-once work that the other one handed out then fails)`,
    );
  }
}

export class NoPartitionError extends TaskwireError {
  constructor(topic: string, partition: number, count: number) {
    super(
      "no_partition",
      `topic "${topic}" has no partition ${partition}; it has ${count === 1 ? "only partition 0" : `partitions 0 to ${count - 1}`}`,
    );
  }
}

/** A record is larger than the topic accepts; a retry does not help. */
export class RecordTooLargeError extends TaskwireError {
  constructor(topic: string, bytes: number, limit: number | undefined, cause?: unknown) {
    super(
      "record_too_large",
      `topic "${topic}" refuses a record of ${bytes} bytes${limit === undefined ? "" : `; it accepts at most ${limit}`}`,
      { cause },
    );
  }
}

export class LogClosedError extends TaskwireError {
  constructor() {
    super("log_closed", "the log is closed");
  }
}
