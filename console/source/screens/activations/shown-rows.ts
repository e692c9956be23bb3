import type { ActivationRow } from "../../../../runtime/operations/documents/activations.js";
import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";
import type { Of } from "../../../../runtime/operations/documents/front.js";
import { LONGEST_FILTER } from "../../../../runtime/operations/filter/filter.js";
import { printFilter } from "../../../../runtime/operations/filter/print.js";

/** A row of a list that stays where it is while the activation changes. */
export interface ShownRow {
  readonly row: Of<ActivationRow>;
  /** The list no longer has it: it ended, or no longer matches. */
  readonly left: boolean;
  /** How it ended; undefined: it has not, or that is not known. */
  readonly end?: EndDocument | undefined;
}

/** The rows of a page that was just opened. */
export function freshRows(rows: readonly Of<ActivationRow>[]): readonly ShownRow[] {
  return rows.map((row) => ({ row, left: false }));
}

/** The same rows in the same order, with what a newer answer says of them. */
export function followed(shown: readonly ShownRow[], rows: readonly Of<ActivationRow>[]): readonly ShownRow[] {
  const newest = new Map(rows.map((row) => [row.id, row]));
  return shown.map((each) => {
    const row = newest.get(each.row.id);
    return row === undefined ? { ...each, left: true } : { row, left: false };
  });
}

/** How many rows of an answer are not shown. */
export function newRows(shown: readonly ShownRow[], rows: readonly Of<ActivationRow>[]): number {
  const known = new Set(shown.map(({ row }) => row.id));
  return rows.filter(({ id }) => !known.has(id)).length;
}

/** The rows with what was found of those that left the list: where they are now, or how they ended. */
export function withFates(
  shown: readonly ShownRow[],
  inFlight: ReadonlyMap<string, Of<ActivationRow>>,
  ends: ReadonlyMap<string, EndDocument>,
): readonly ShownRow[] {
  return shown.map((each) => {
    if (!each.left) return each;
    const row = inFlight.get(each.row.id);
    if (row !== undefined) return { row, left: false };
    return { ...each, end: ends.get(each.row.id) };
  });
}

/** The filter that finds these ids, as many as fit into one. */
export function filterOfIds(ids: readonly string[]): string {
  const values: { readonly text: string; readonly prefix: false }[] = [];
  let length = "id:".length;
  for (const text of ids) {
    length += JSON.stringify(text).length + 1;
    if (length > LONGEST_FILTER || values.length === MOST) break;
    values.push({ text, prefix: false });
  }
  return printFilter([{ kind: "text", key: "id", values }]);
}

/** Values of a filter. */
const MOST = 250;
