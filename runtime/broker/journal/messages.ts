import type { Lineage } from "../../log/lineage.js";
import type { Changes, Cursor, PageRequest, Recovered } from "../inflight/persisted.js";
import type { Quarantine } from "./salvage/quarantine.js";
import type { FindTurn, PageTurn } from "./tables/found-rows.js";
import type { PackedRows } from "./tables/packed.js";
import type { UnparkRequest } from "./tables/rows.js";

export type JournalRequest =
  | {
      readonly kind: "commit";
      readonly changes: BareChanges;
      readonly inserts: PackedRows;
      readonly report: boolean;
    }
  | { readonly kind: "load"; readonly after: Cursor; readonly dueBefore: number; readonly limit: number }
  | ({ readonly kind: "unpark" } & UnparkRequest)
  | { readonly kind: "controls"; readonly json: string }
  | ReadRequest
  | { readonly kind: "bound"; readonly topic: string; readonly partition: number; readonly end: number }
  | { readonly kind: "close" };

/** What an operator reads: one turn each, when no other request waits. */
export type ReadRequest =
  | { readonly kind: "page"; readonly request: PageRequest }
  | { readonly kind: "find"; readonly ids: readonly string[]; readonly payload: boolean; readonly after: number };

/** Changes without their inserts, which are sent as PackedRows. */
export type BareChanges = Omit<Changes, "inserts">;

export type JournalReply =
  | {
      readonly kind: "opened";
      readonly uuid: string;
      readonly lineage: Lineage;
      readonly commits: number;
      readonly recovered: Omit<Recovered, "rows" | "kind">;
      readonly rows: PackedRows;
      readonly quarantine: Quarantine | undefined;
      readonly controls: string | undefined;
    }
  | {
      readonly kind: "committed";
      readonly number: number;
      /** Number of the last commit that is on disk. */
      readonly commits: number;
      readonly report: JournalReport | undefined;
    }
  | { readonly kind: "loaded"; readonly rows: PackedRows; readonly complete: boolean; readonly nextDue: number }
  | { readonly kind: "unparked"; readonly rows: PackedRows }
  | { readonly kind: "controlled"; readonly commits: number }
  | { readonly kind: "paged"; readonly turn: Omit<PageTurn, "rows">; readonly rows: PackedRows; readonly sizes: Sizes }
  | { readonly kind: "found"; readonly turn: Omit<FindTurn, "rows">; readonly rows: PackedRows; readonly sizes: Sizes }
  /** The disk takes no commits at the moment; the thread retries until it does. */
  | { readonly kind: "stuck" | "unstuck"; readonly message: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** FoundRow.size of each row. */
type Sizes = readonly number[];

export interface JournalReport {
  /** The lowest unsettled offset of each partition that has rows. */
  readonly lowest: readonly LowestOffset[];
  /** Bytes in use of the file. */
  readonly bytes: number;
}

export interface LowestOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
