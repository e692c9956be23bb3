import type { Changes, Cursor, Recovered } from "../inflight/events.js";
import type { StoredRow } from "../inflight/row.js";

/** Rows on their way between the threads: payloads lie one behind the other in `slab`, which is transferred. */
export interface PackedRows {
  readonly rows: readonly Omit<StoredRow, "payload">[];
  readonly lengths: readonly number[];
  readonly slab: Uint8Array<ArrayBuffer>;
}

export type JournalRequest =
  | {
      readonly kind: "commit";
      readonly changes: Omit<Changes, "inserts">;
      readonly inserts: PackedRows;
      readonly lowest: boolean;
    }
  | { readonly kind: "load"; readonly after: Cursor; readonly dueBefore: number; readonly limit: number }
  | ({ readonly kind: "unpark" } & Unpark)
  | { readonly kind: "close" };

export type JournalReply =
  | {
      readonly kind: "opened";
      readonly uuid: string;
      readonly recovered: Omit<Recovered, "rows" | "kind">;
      readonly rows: PackedRows;
    }
  /** `lowest`: the lowest unsettled offset of each partition that has rows, when it was asked for. */
  | { readonly kind: "committed"; readonly number: number; readonly lowest: readonly LowestOffset[] | undefined }
  | { readonly kind: "loaded"; readonly rows: PackedRows; readonly complete: boolean; readonly nextDue: number }
  | { readonly kind: "unparked"; readonly rows: PackedRows }
  /** The disk takes nothing at the moment; the thread tries again until it does. */
  | { readonly kind: "stuck" | "unstuck"; readonly message: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** Which parked rows are asked for: of these wire task names, at most `limit`. */
export interface Unpark {
  readonly application: string;
  readonly namespace: string;
  readonly tasks: readonly string[];
  readonly limit: number;
}

export interface LowestOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export function pack(rows: readonly StoredRow[]): PackedRows {
  let bytes = 0;
  for (const row of rows) bytes += row.payload.length;
  const slab = new Uint8Array(new ArrayBuffer(bytes));
  const lengths: number[] = [];
  let at = 0;
  const bare = rows.map(({ payload, ...row }) => {
    slab.set(payload, at);
    at += payload.length;
    lengths.push(payload.length);
    return row;
  });
  return { rows: bare, lengths, slab };
}

export function unpack({ rows, lengths, slab }: PackedRows): StoredRow[] {
  let at = 0;
  return rows.map((row, index) => {
    const start = at;
    at += lengths[index] ?? 0;
    return { ...row, payload: slab.subarray(start, at) };
  });
}
