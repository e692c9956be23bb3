import { messageOf, TaskwireError } from "../base/errors.js";
import type { LogFields } from "../base/logger.js";
import type { Lineage } from "./lineage.js";

/** The port over a cluster: append, read in order, commit a position. Offsets are safe integers. */
export interface Log {
  /**
   * Resolves, in the order of `records`, when all are durable; on rejection an unknown part of them may be, except
   * with RecordTooLargeError: none.
   * `uniqueKey` (embedded log, exactly one record): kept 24 h; a second append with it returns the first position.
   */
  append(topic: string, records: readonly LogRecord[], options?: { readonly uniqueKey?: string }): Promise<Position[]>;
  /** Errors of opening and a ForeignReaderError surface from the first event that is asked for. */
  read(topics: readonly string[], options: ReadOptions): LogReader;
  /** Whether a broker of the consumer group ever read the topic; without one, records only pile up. */
  everRead(topic: string, group: string): Promise<boolean>;
  /** Rejects with an error that names the topics that do not exist. Absent: the log makes its topics itself. */
  needs?(topics: readonly string[]): Promise<void>;
  /** Appends made before are finished first; readers end. */
  close(): Promise<void>;
}

export interface LogRecord {
  readonly key?: string | undefined;
  /** One that was read may be a view into memory that it shares with its neighbours, at most 16 KiB of them. */
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface ReadRecord extends LogRecord {
  readonly offset: number;
  /** It has no value at all: on a compacted topic its key is deleted. `value` is empty then. */
  readonly tombstone?: true;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface ReadOptions {
  /** Consumer group. */
  readonly group: string;
  /** Identity of the journal that takes the records over; the embedded log gives a topic to one journal only. */
  readonly journal: string;
  /** Read a topic that another journal read before. */
  readonly takeOver?: boolean;
  /** How soon a reader that died loses its partitions, milliseconds; only where readers share a topic. */
  readonly session?: number;
  /** The starts of that journal: by them a log knows an older copy of it. Default: none is known. */
  readonly lineage?: Lineage;
  /** The journal lost rows: read again from what was not finally settled, as after a take-over. */
  readonly reread?: boolean;
  /** Told of what people have to know and no event says: records that a topic deleted unread, a cluster that is away. */
  readonly alert?: (message: string, fields: LogFields) => void;
}

/** Events of one reader in order. Not asking for the next event holds the reading back. */
export interface LogReader extends AsyncIterable<ReadEvent> {
  /**
   * Stores positions durably. Rejects with StaleEpochError when a partition is no longer owned under that epoch; then
   * none of the positions was stored. Rejects with CommitRefusedError when some partitions take no position; then all
   * others are stored.
   */
  commit(commits: readonly Commit[]): Promise<void>;
  /** Holds the reading of one topic back; batches already handed out stay valid. */
  pause(topic: string): void;
  resume(topic: string): void;
  /**
   * Only on a log that several journals share: what is stored of these partitions. Those that the reader owns, or may
   * own in a moment, are left out.
   */
  stored?(places: readonly { readonly topic: string; readonly partition: number }[]): Promise<StoredPosition[]>;
  /** What of the topics cannot be read at the moment; all else is read. Absent: nothing ever. */
  unreadable?(): readonly Unreadable[];
  /** The offset that the next appended record gets, as far as known; undefined when not known, or not owned. */
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
  /** The lowest offset that is not finally settled; the log may trim below it. */
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
  /** Identity of the log: another one than last time means other records under the same offsets. */
  readonly logId: string;
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly end: number;
  /** The committed position, undefined when there is none; reading starts here, else at `first`. */
  readonly committed: number | undefined;
  /** Set on a log that several journals share, each reading its partitions. */
  readonly share?: Share | undefined;
  /**
   * Another journal may have handed out what lies below `committed`, or this one lost rows of it; what was not finally
   * settled is read again, so reading starts below. True until the new journal has committed up to there.
   */
  readonly takenOver: boolean;
  /** The journal, or the position, is not the one that the log knew last; `takenOver` is set, too. */
  readonly putBack?: PutBack | undefined;
}

export type PutBack =
  /** The journal is an older copy of the one that stored the position. Below `settledBelow` that one had settled everything. */
  | { readonly what: "journal"; readonly settledBelow: number }
  /** Somebody else moved the position. */
  | { readonly what: "position" };

interface Share {
  /** Where reading begins. */
  readonly from: number;
  /** Identity of the journal that committed `committed`; undefined when nothing was, or nobody knows. */
  readonly journal: string | undefined;
  /** From there up to `committed` that journal has read everything itself; undefined when nobody knows. */
  readonly since: number | undefined;
}

/** The position of a partition that the reader does not own. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  /** undefined: none was ever stored. */
  readonly committed: number | undefined;
  readonly journal: string | undefined;
  /** From there up to `committed` the journal has read everything itself. */
  readonly since: number | undefined;
  /** The journal that asks is an older copy of the one that stored the position, which had settled everything below it. */
  readonly settledBelow?: number | undefined;
}

export interface Batch {
  readonly kind: "batch";
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ReadRecord[];
  /** All before it was read: the log has nothing between the last record and it. Absent: it follows the last record. */
  readonly next?: number;
  /** The offset that the next appended record gets, as far as known. */
  readonly end: number;
}

/** Why a partition cannot be read. */
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
  /** undefined: all of the topic that would be read here. */
  readonly partition: number | undefined;
  readonly code: (typeof UNREADABLE)[number];
  /** Names the partition and what is wrong with it. */
  readonly message: string;
  /** For how long, milliseconds. */
  readonly forMs: number;
}

/** Records that were acknowledged and cannot be read any more: the disk changed or lost them. Reading goes on behind. */
export interface Damaged {
  readonly kind: "damaged";
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is lost. */
  readonly from: number;
  /** The offset behind the last one that is lost. */
  readonly to: number;
  /** What was found, for people. */
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

/** Some partitions take no position, such as those of a topic that was deleted. */
export class CommitRefusedError extends TaskwireError {
  readonly refused: readonly { readonly topic: string; readonly partition: number }[];

  constructor(refused: readonly { readonly topic: string; readonly partition: number }[], cause: unknown) {
    const places = refused.map(({ topic, partition }) => `${topic}/${partition}`).join(", ");
    super("commit_refused", `the cluster takes no position of ${places}: ${messageOf(cause)}`, { cause });
    this.refused = refused;
  }
}

/** Another journal reads the topic. */
export class ForeignReaderError extends TaskwireError {
  constructor(topic: string) {
    super(
      "foreign_reader",
      `topic "${topic}" of the embedded log is read by another in-flight file; start the broker with the data folder it used before, or pass --take-over (at-most-once work handed to the other one then ends as failure)`,
    );
  }
}

/** One record is larger than the topic takes; trying again is of no use. */
export class RecordTooLargeError extends TaskwireError {
  constructor(topic: string, bytes: number, limit: number | undefined, cause?: unknown) {
    super(
      "record_too_large",
      `topic "${topic}" refuses a record of ${bytes} bytes${limit === undefined ? "" : `; it takes at most ${limit}`}`,
      { cause },
    );
  }
}

export class LogClosedError extends TaskwireError {
  constructor() {
    super("log_closed", "the log is closed");
  }
}
