import { type ListOf, type MergedPage, mergedPage } from "../../front/pages.js";
import type { Totals } from "../../front/totals.js";
import type { PageFlags } from "./options.js";
import { printTable } from "./print-table.js";
import type { Operator } from "./session.js";
import { counted, lookedText } from "./text.js";

/** How a list is printed. D: its document, Row: what it lists. */
export interface Printed<D, Row> {
  readonly list: ListOf<D, Row>;
  readonly head: readonly string[];
  cells(row: Row): readonly string[];
  /** Leading columns that are names, which are shortened where they are too long; the id follows. */
  readonly names: number;
  /** What the documents say besides, on stderr. */
  remarks?(page: MergedPage<D, Row>): readonly string[];
  /** For an empty list. */
  readonly empty: string;
}

/** Prints one page, or all of them with --all. With several brokers each line names its own. */
export async function printList<D, Row extends object>(
  operator: Operator,
  flags: PageFlags,
  printed: Printed<D, Row>,
  request: object,
): Promise<void> {
  const { front, json } = operator;
  const several = front.brokers.length > 1;
  let cursor = flags.cursor;
  let count = 0;
  for (;;) {
    const page = await mergedPage<D, Row>(front, printed.list, request, flags.limit, cursor);
    const rows = page.rows.map(({ broker, row }) => ({ ...row, broker }));
    count += rows.length;
    if (json && flags.all === true) for (const row of rows) operator.document(row);
    else if (json)
      operator.document({
        ...{ rows, cursor: page.cursor, ...page.totals },
        partial: page.partial.map(({ broker }) => broker),
      });
    else if (rows.length > 0) {
      // Names first, which are shortened; ids and places are not.
      const { head, names } = printed;
      const place = (row: Row, broker: string) => {
        const cells = printed.cells(row);
        return several ? [...cells.slice(0, names + 1), broker, ...cells.slice(names + 1)] : cells;
      };
      const titles = several ? [...head.slice(0, names + 1), "broker", ...head.slice(names + 1)] : head;
      const lines = page.rows.map(({ broker, row }) => place(row, broker));
      printTable(operator, titles, lines, { names, kept: names + 1 });
    }
    if (!json) for (const remark of printed.remarks?.(page) ?? []) operator.say(remark);
    operator.missing(page.partial);
    if (page.cursor === null) break;
    if (flags.all !== true) {
      if (!json) operator.say(`more: --cursor ${page.cursor}`);
      // An empty page that is not the last says nothing about the rest.
      return;
    }
    cursor = page.cursor;
  }
  if (count > 0) return;
  if (!json) operator.say(printed.empty);
  operator.nothingMatched();
}

/** How many match, and how far the search came. */
export function totalRemarks({ total, looked }: Totals, noun: string): string[] {
  const match = `${total.exact ? "" : "at least "}${counted(total.count, noun)} match`;
  return [
    ...(total.count === 0 ? [] : [match]),
    ...(looked === null ? [] : [`looked at ${lookedText(looked)}; the cursor continues the search`]),
  ];
}
