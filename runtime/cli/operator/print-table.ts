import { oneLine } from "../output/logger.js";
import { fittedTable } from "../output/table.js";
import type { Operator } from "./session.js";

interface Columns {
  /** Leading columns that are shortened where the terminal is narrow: never ids and places, which people copy. */
  readonly names: number;
  /** Leading columns that are printed also when they are empty. */
  readonly kept: number;
}

/** Prints a table, whose last column is free text: as wide as it is into a pipe, fitted on a terminal. */
export function printTable(
  { width, line }: Pick<Operator, "width" | "line">,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { names, kept }: Columns,
): void {
  const cells = rows.map((row) => row.map(oneLine));
  for (const each of fittedTable(head, cells, { names, kept, width, text: true })) line(each);
}
