import type { Letter } from "../records/letter.js";
import type { IndexLimits } from "./limits.js";
import type { PackedRecords } from "./packed-records.js";
import type { Progress } from "./partitions.js";
import type { CountQuery, GroupQuery, LetterQuery } from "./query.js";

/** What the thread of the index gets at its start. */
export interface IndexThreadData {
  readonly file: string;
  readonly limits: IndexLimits;
}

export type IndexRequest =
  /** `scrubs`: the log can empty the bytes of a purged letter. */
  | { readonly kind: "feed"; readonly records: PackedRecords; readonly progress: Progress; readonly scrubs: boolean }
  | { readonly kind: "list"; readonly query: LetterQuery }
  | { readonly kind: "count"; readonly query: CountQuery }
  | { readonly kind: "groups"; readonly query: GroupQuery }
  | { readonly kind: "standings"; readonly topic: string; readonly identities: readonly string[] }
  | { readonly kind: "summary" }
  | { readonly kind: "last"; readonly topic: string; readonly partition: number }
  | { readonly kind: "unscrubbed"; readonly topic: string; readonly limit: number }
  | { readonly kind: "scrubbed"; readonly letters: readonly Letter[] }
  | { readonly kind: "forget"; readonly topic: string }
  | { readonly kind: "close" };

export type IndexReply =
  /** The file is open, or the request was carried out: the answer as JSON, which the main thread reads faster than a clone. */
  | { readonly kind: "done"; readonly json: string }
  /** The request failed. `stale`: the file has to be built again, and the thread has ended. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly stale: boolean };
