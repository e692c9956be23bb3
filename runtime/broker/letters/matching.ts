import { breathe } from "../../base/breathe.js";
import { grouped } from "../../base/grouped.js";
import type { ArgumentMatcher } from "../../operations/filter/arguments.js";
import { placeText } from "../../operations/letter-place.js";
import { type Counted, Counting } from "./index/counting.js";
import { type Grouped, Grouping } from "./index/grouping.js";
import type { CountQuery, LetterQuery } from "./index/query.js";
import { type Listed, type ListPosition, positionOf } from "./index/rows.js";
import type { OpenLetters } from "./letters.js";
import { lettersAt } from "./resolve/records.js";

/** Letters of one page of the index. */
const PAGE = 256;
/** Letters whose records are in memory at once, and the bytes of their activations; at least one letter. */
const SLICE = 64;
const SLICE_BYTES = 8 * 1024 * 1024;
/** Activations whose parameters are compared in one turn of the event loop. */
const WITHOUT_BREATH = 16;

/** Some of the letters that match. */
interface Matching {
  readonly rows: readonly Listed[];
  /** Where the next ones begin; undefined: these are the last. */
  readonly next: ListPosition | undefined;
  /** Letters that were compared with the filter for it. */
  readonly lookedAt: number;
}

/**
 * The letters that match, some at a time, in the order of the query. What the index knows is compared first; only of what is
 * left, records are read and parameters compared with `args`. A letter matches no parameter when its bytes are gone or are no
 * activation. Rejects with OperationError (letters_unavailable).
 */
export async function* matchingLetters(
  { index, feeders }: OpenLetters,
  query: Omit<LetterQuery, "limit">,
  args: ArgumentMatcher,
): AsyncGenerator<Matching> {
  for (let { after } = query; ; ) {
    const page = await index.list({ ...query, after, limit: PAGE });
    if (!args.needsPayload || page.rows.length === 0) yield page;
    else {
      let { lookedAt } = page;
      for (const slice of slicesOf(page.rows)) {
        const last = slice.at(-1);
        const rows = await withParameters(slice, feeders, args);
        yield { rows, next: last === page.rows.at(-1) ? page.next : last && positionOf(last), lookedAt };
        // The first slice of a page stands for all of it.
        lookedAt = 0;
      }
    }
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** Counts all letters that match. */
export async function countLetters(
  open: OpenLetters,
  query: CountQuery,
  args: ArgumentMatcher,
): Promise<Omit<Counted, "next">> {
  if (!args.needsPayload) return open.index.count(query);
  const counting = new Counting();
  for await (const { rows } of matchingLetters(open, { ...query, order: "oldest" }, args))
    for (const listed of rows) counting.add(listed, query.mayHaveStarted);
  return counting.result();
}

/** Groups letters that match, until `enough` says so of the letters that were looked at. */
export async function groupLetters(
  open: OpenLetters,
  query: Omit<LetterQuery, "limit" | "order">,
  args: ArgumentMatcher,
  enough: (lookedAt: number) => boolean,
): Promise<Grouped & { readonly lookedAt: number; readonly whole: boolean }> {
  if (!args.needsPayload) return { ...(await open.index.groups(query)), lookedAt: 0, whole: true };
  const grouping = new Grouping();
  let looked = 0;
  for await (const { rows, next, lookedAt } of matchingLetters(open, { ...query, order: "newest" }, args)) {
    for (const { letter } of rows) grouping.add(letter);
    looked += lookedAt;
    if (next !== undefined && enough(looked)) return { ...grouping.result(), lookedAt: looked, whole: false };
  }
  return { ...grouping.result(), lookedAt: looked, whole: true };
}

function* slicesOf(rows: readonly Listed[]): Generator<readonly Listed[]> {
  let slice: Listed[] = [];
  let bytes = 0;
  for (const row of rows) {
    const { size } = row.letter;
    if (slice.length === SLICE || (slice.length > 0 && bytes + size > SLICE_BYTES)) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(row);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}

async function withParameters(
  slice: readonly Listed[],
  feeders: OpenLetters["feeders"],
  args: ArgumentMatcher,
): Promise<Listed[]> {
  const activations = slice.filter(({ letter }) => letter.content === "activation");
  const matching = new Set<string>();
  for (const [topic, listed] of grouped(activations, ({ letter }) => letter.topic)) {
    const source = feeders.find((feeder) => feeder.source.name === topic)?.source;
    if (source === undefined) continue;
    const places = listed.map(({ letter }) => letter);
    for (const [at, stored] of (await lettersAt(source, places)).entries()) {
      if (at % WITHOUT_BREATH === WITHOUT_BREATH - 1) await breathe();
      // Its id may be that of a header, cut: any is right.
      if (stored !== undefined && args.matches(stored.record.value, undefined)) matching.add(placeText(stored.letter));
    }
  }
  return slice.filter(({ letter }) => matching.has(placeText(letter)));
}
