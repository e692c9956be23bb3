import { TaskwireError } from "../../base/errors.js";
import { type Assigned, type Commit, ForeignReaderError, StaleEpochError } from "../port.js";
import type { PackedRecords } from "./records.js";

/** What the main thread asks of the log's thread. `number` names the answer. */
export type Request =
  | AppendRequest
  | { readonly kind: "open"; readonly number: number }
  | { readonly kind: "everRead"; readonly number: number; readonly topic: string }
  | {
      readonly kind: "read";
      readonly number: number;
      readonly reader: number;
      readonly topics: readonly string[];
      readonly journal: string;
      readonly takeOver: boolean;
    }
  /** Asks for one batch of a topic; it comes as news when there are records. */
  | { readonly kind: "want"; readonly reader: number; readonly topic: string }
  | { readonly kind: "commit"; readonly number: number; readonly reader: number; readonly commits: readonly Commit[] }
  | { readonly kind: "ends"; readonly number: number; readonly reader: number }
  | { readonly kind: "leave"; readonly number: number; readonly reader: number }
  | { readonly kind: "close"; readonly number: number };

/** Several append() calls; each is atomic. */
export interface AppendRequest {
  readonly kind: "append";
  readonly number: number;
  readonly calls: readonly AppendCall[];
  /** The records of all calls, one after the other. */
  readonly records: PackedRecords;
  /** Milliseconds since the epoch; unique keys count from here. */
  readonly now: number;
}

export interface AppendCall {
  readonly topic: string;
  readonly count: number;
  readonly uniqueKey?: string | undefined;
}

export type Answer =
  | AppendAnswer
  | { readonly kind: "done"; readonly number: number }
  | { readonly kind: "everRead"; readonly number: number; readonly ever: boolean }
  | { readonly kind: "assigned"; readonly number: number; readonly assigned: readonly StartedTopic[] }
  | { readonly kind: "ends"; readonly number: number; readonly ends: ReadonlyMap<string, number> }
  | { readonly kind: "failed"; readonly number: number; readonly failure: Failure };

export interface StartedTopic {
  readonly assigned: Assigned;
  /** Where reading starts. */
  readonly from: number;
}

export interface AppendAnswer {
  readonly kind: "appended";
  readonly number: number;
  /** A call's first offset; its records follow one after the other. */
  readonly offsets: Float64Array;
  /** Calls whose unique key was already there, with the topic of the first record. */
  readonly repeated: ReadonlyMap<number, string>;
  readonly failures: ReadonlyMap<number, Failure>;
}

/** What the thread tells without having been asked under a number. */
export type News =
  | {
      readonly kind: "batch";
      readonly reader: number;
      readonly topic: string;
      readonly offsets: Float64Array;
      readonly records: PackedRecords;
      readonly end: number;
    }
  | { readonly kind: "revoked"; readonly reader: number; readonly topic: string }
  | { readonly kind: "broken"; readonly reader: number; readonly failure: Failure };

export type Reply = Answer | News;

/** An error on its way between the threads. */
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
