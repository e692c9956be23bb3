import type { Clock } from "../../../base/clock.js";
import type { Looked, Total } from "../../../operations/documents/activations.js";
import type { LetterState } from "../../../operations/documents/letter.js";
import type { ArgumentMatcher } from "../../../operations/filter/arguments.js";
import type { Filter } from "../../../operations/filter/filter.js";
import type { LetterQuery } from "../index/query.js";
import { type Listed, type ListPosition, positionOf } from "../index/rows.js";
import type { Page } from "../index/store.js";
import type { OpenLetters } from "../letters.js";
import { matchingLetters } from "../matching.js";
import { badCursor, cursorOf, valuesOf } from "./cursor.js";

/** After this many letters, or this time, a page by parameters ends with what it has found. Clients wait 2 s at least. */
const MOST_LOOKED_AT = 100_000;
const LONGEST_MS = 1500;
/** Characters of a page as JSON, from which on nothing is added. */
const LONGEST_PAGE = 1024 * 1024;

/** How much longer an answer may look at letters by their parameters. */
export class Pace {
  readonly #clock: Clock;
  readonly #until: number;
  readonly #signal: AbortSignal;

  /** The answer begins now. `signal` aborts when nobody waits for it. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#until = clock.now() + LONGEST_MS;
    this.#signal = signal;
  }

  isOver(lookedAt: number): boolean {
    this.#signal.throwIfAborted();
    return lookedAt >= MOST_LOOKED_AT || this.#clock.now() >= this.#until;
  }
}

/** One page of the letters that match. */
export async function letterPage(
  open: OpenLetters,
  query: LetterQuery,
  args: ArgumentMatcher,
  pace: Pace,
): Promise<Page> {
  if (!args.needsPayload) return open.index.list(query);
  const rows: Listed[] = [];
  let lookedAt = 0;
  let length = 0;
  for await (const found of matchingLetters(open, query, args)) {
    lookedAt += found.lookedAt;
    for (const row of found.rows) {
      const last = rows.at(-1);
      if (last !== undefined && (rows.length === query.limit || length >= LONGEST_PAGE))
        return { rows, next: positionOf(last), lookedAt, ended: false };
      rows.push(row);
      length += row.length;
    }
    if (found.next !== undefined && pace.isOver(lookedAt)) return { rows, next: found.next, lookedAt, ended: true };
  }
  return { rows, next: undefined, lookedAt, ended: false };
}

/** Where a pass over a list is. */
interface ListCursor {
  readonly after: ListPosition;
  /** Letters that the pass has found, and looked at. */
  readonly found: number;
  readonly looked: number;
}

export function writeListCursor({ after, found, looked }: ListCursor, order: LetterQuery["order"]): string {
  return cursorOf([order, after.ended, after.topic, after.partition, after.offset, found, looked]);
}

/** Throws OperationError (bad_cursor), also for one of a list in the other order. */
export function readListCursor(cursor: string, order: LetterQuery["order"]): ListCursor {
  const [of, ended, topic, partition, offset, found, looked] = valuesOf(cursor, "snsnnnn");
  if (of !== order) throw badCursor();
  const after = {
    ended: Number(ended),
    topic: String(topic),
    partition: Number(partition),
    offset: Number(offset),
  };
  return { after, found: Number(found), looked: Number(looked) };
}

type Counts = Readonly<Record<LetterState, number>>;

/** How many letters a filter by nothing but states matches; undefined: it asks for more. */
function countedBy(filter: Filter, counts: Counts): number | undefined {
  const states = filter.flatMap((term) => (term.kind === "text" && term.key === "state" ? term.values : []));
  if (filter.some((term) => term.kind !== "text" || term.key !== "state")) return undefined;
  return states.length === 0
    ? counts.open
    : Object.entries(counts).reduce(
        (sum, [state, count]) => (states.some(({ text }) => text === state) ? sum + count : sum),
        0,
      );
}

/** How many letters match, as far as is known. `whole`: the index has all letters. */
export function totalOf(
  filter: Filter,
  counts: Counts,
  { found, passed, whole }: { readonly found: number; readonly passed: boolean; readonly whole: boolean },
): Total {
  const counted = countedBy(filter, counts);
  return counted === undefined ? { count: found, exact: passed && whole } : { count: counted, exact: whole };
}

/** How many letters of how many were looked at, as answers say it when they ended early. */
export function lookedOf(rows: number, { open, replayed, purged }: Counts): Looked {
  return { rows, of: Math.max(rows, open + replayed + purged) };
}
