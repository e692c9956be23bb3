import { TaskwireError } from "../../base/errors.js";
import type { Lineage } from "../lineage.js";
import { type Assigned, type Commit, ForeignReaderError, StaleEpochError } from "../port.js";
import type { Bytes } from "./records.js";

/** How the thread opens its file. */
export interface FileOptions {
  /** Absolute. */
  readonly file: string;
  /** How long to wait while another process holds the file, milliseconds. */
  readonly busyTimeout: number;
  /** Largest size of the file in bytes; undefined: as large as the disk allows. */
  readonly maxBytes: number | undefined;
}

/** What the thread is started with. */
export interface ThreadData extends FileOptions {
  /** Path of better-sqlite3; undefined: it is found by its name from the thread's own file. */
  readonly sqlite: string | undefined;
}

/** Requests of the main thread. The answer carries the same `number`. */
export type Request =
  | AppendRequest
  | { readonly kind: "open"; readonly number: number }
  | { readonly kind: "everRead"; readonly number: number; readonly topic: string }
  | BrowseRequest
  | TrimRequest
  | ScrubRequest
  | {
      readonly kind: "read";
      readonly number: number;
      readonly reader: number;
      readonly topics: readonly string[];
      readonly journal: string;
      readonly takeOver: boolean;
      readonly reread: boolean;
      readonly lineage: Lineage;
    }
  /** Asks for one batch of a topic; it comes as a notification when there are records. */
  | { readonly kind: "want"; readonly reader: number; readonly topic: string }
  | {
      readonly kind: "commit";
      readonly number: number;
      readonly reader: number;
      readonly commits: readonly Commit[];
      /** Milliseconds since the epoch; records are as old as they are at this time. */
      readonly now: number;
    }
  | { readonly kind: "leave"; readonly number: number; readonly reader: number }
  | { readonly kind: "close"; readonly number: number };

export interface BrowseRequest {
  readonly kind: "browse";
  readonly number: number;
  readonly topic: string;
  readonly from: number;
  /** Most records. */
  readonly limit: number;
}

export interface TrimRequest {
  readonly kind: "trim";
  readonly number: number;
  readonly topic: string;
  /** Milliseconds since the epoch, as `now`. */
  readonly before: number;
  readonly now: number;
}

export interface ScrubRequest {
  readonly kind: "scrub";
  readonly number: number;
  readonly topic: string;
  /** Ascending. */
  readonly offsets: readonly number[];
}

export interface AppendRequest {
  readonly kind: "append";
  readonly number: number;
  readonly parts: readonly AppendPart[];
  /** Milliseconds since the epoch; the time at which records are appended and unique keys are stored. */
  readonly now: number;
}

/** append() calls of one topic in order; each call is atomic. */
export interface AppendPart {
  readonly topic: string;
  /** A part with a unique key has one call. */
  readonly uniqueKey: string | undefined;
  /** Number of records of each call. */
  readonly counts: readonly number[];
  /** The records of all calls, as in records.ts. */
  readonly records: Bytes;
}

export type Answer =
  | AppendAnswer
  | { readonly kind: "done"; readonly number: number }
  | { readonly kind: "everRead"; readonly number: number; readonly ever: boolean }
  | BrowseAnswer
  /** Whether more may be left to trim. */
  | { readonly kind: "trimmed"; readonly number: number; readonly more: boolean }
  /** How many of the offsets it went through, and which of them are in damaged chunks. */
  | { readonly kind: "scrubbed"; readonly number: number; readonly passed: number; readonly damaged: readonly number[] }
  | { readonly kind: "assigned"; readonly number: number; readonly assigned: readonly StartedTopic[] }
  | { readonly kind: "failed"; readonly number: number; readonly failure: Failure };

export interface StartedTopic {
  readonly assigned: Assigned;
  /** Where reading starts. */
  readonly from: number;
}

export interface BrowseAnswer {
  readonly kind: "browsed";
  readonly number: number;
  /** The bounds of the topic. */
  readonly first: number;
  readonly end: number;
  /** What is in `pieces`: the records from one offset up to the next. */
  readonly from: number;
  readonly next: number;
  readonly pieces: readonly Bytes[];
  /** Up to which offset records were appended at which time, in order. */
  readonly spans: readonly { readonly to: number; readonly at: number }[];
  /** Why the records from `from` up to `next` cannot be read. */
  readonly error: string | undefined;
}

/** Calls are numbered over all parts of the request. */
export interface AppendAnswer {
  readonly kind: "appended";
  readonly number: number;
  /** A call's first offset; its records follow one after the other. */
  readonly offsets: Float64Array;
  /** Calls whose unique key was already there, with the topic of the first record. */
  readonly repeated: ReadonlyMap<number, string>;
  readonly failures: ReadonlyMap<number, Failure>;
}

/** What the thread sends to a reader without a numbered request. */
export type Notification =
  | {
      readonly kind: "batch";
      readonly reader: number;
      readonly topic: string;
      /** Offset of the first record. */
      readonly from: number;
      /** The offset after the last record. */
      readonly next: number;
      readonly pieces: readonly Bytes[];
      readonly end: number;
    }
  | {
      readonly kind: "damaged";
      readonly reader: number;
      readonly topic: string;
      readonly from: number;
      readonly to: number;
      readonly error: string;
    }
  | { readonly kind: "revoked"; readonly reader: number; readonly topic: string }
  | { readonly kind: "broken"; readonly reader: number; readonly failure: Failure };

export type Reply = Answer | Notification;

/** An error that crosses between the threads. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

export function failure(code: string, message: string, topic = "", partition = 0, epoch = 0): Failure {
  return { code, message, topic, partition, epoch };
}

export function errorOf({ code, message, topic, partition, epoch }: Failure): TaskwireError {
  switch (code) {
    case "stale_epoch":
      return new StaleEpochError(topic, partition, epoch);
    case "foreign_reader":
      return new ForeignReaderError(topic);
    default:
      return new TaskwireError(code, message);
  }
}
