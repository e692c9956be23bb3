import type { Letter } from "../records/letter.js";
import type { Standing } from "../records/standing.js";
import type { Counted } from "./counting.js";
import type { CountQuery, LetterQuery } from "./query.js";
import type { Unscrubbed } from "./rows.js";
import type { Fed, IndexLimits, Page, Summary } from "./store.js";

/** What the thread of the index gets at its start. */
export interface IndexThreadData {
  readonly file: string;
  readonly limits: IndexLimits;
}

export type IndexRequest =
  | { readonly kind: "feed"; readonly fed: Fed }
  | { readonly kind: "list"; readonly query: LetterQuery }
  | { readonly kind: "count"; readonly query: CountQuery }
  | { readonly kind: "standings"; readonly topic: string; readonly identities: readonly string[] }
  | { readonly kind: "summary" }
  | { readonly kind: "last"; readonly topic: string; readonly partition: number }
  | { readonly kind: "unscrubbed"; readonly topic: string; readonly limit: number }
  | { readonly kind: "scrubbed"; readonly letters: readonly Letter[] }
  | { readonly kind: "forget"; readonly topic: string }
  | { readonly kind: "close" };

export type IndexReply =
  | { readonly kind: "opened" }
  | { readonly kind: "done" }
  | { readonly kind: "page"; readonly page: Page }
  | { readonly kind: "counted"; readonly counted: Counted }
  | { readonly kind: "standings"; readonly standings: readonly Standing[] }
  | { readonly kind: "summary"; readonly summary: Summary }
  | { readonly kind: "last"; readonly letter: Letter | undefined }
  | ({ readonly kind: "unscrubbed" } & Unscrubbed)
  /** The request failed. `stale`: the file has to be built again, and the thread has ended. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly stale: boolean };
