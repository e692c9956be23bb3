import { setImmediate } from "node:timers/promises";
import type { EndDocument, EndsDocument } from "../../operations/documents/ends.js";
import { OperationError } from "../../operations/errors.js";
import { matchOf } from "../../operations/filter/match.js";
import { parseFilter } from "../../operations/filter/parse.js";
import { RequestReader } from "../../operations/request.js";
import type { EndColumns } from "./end-columns.js";
import type { History } from "./history.js";

/** Ends looked at from one turn of the event loop to the next. */
const SLICE = 1000;
const MOST = 1000;
const DEFAULT = 100;

/** Where an end is kept. */
interface Place {
  readonly number: number;
  readonly at: number;
  readonly columns: EndColumns;
  readonly place: number;
  readonly read: () => EndDocument;
}

/** Ends that match, the newest first. `wall`: milliseconds; ages are relative to it. */
export async function listEnds(
  history: History,
  request: unknown,
  wall: number,
  signal?: AbortSignal,
): Promise<EndsDocument> {
  const reader = new RequestReader(request);
  const q = reader.text("q") ?? "";
  const limit = reader.integer("limit", { least: 1, most: MOST }) ?? DEFAULT;
  const cursor = reader.text("cursor");
  reader.end();
  const match = matchOf(parseFilter(q, "ends"), wall);
  const before = cursor === undefined ? undefined : readCursor(cursor);
  const all = placesOf(history, match.names);
  const kept = all.reduce((sum, { columns }) => sum + (columns === history.unhappy.columns ? 0 : 1), 0);
  let counted = 0;
  for (const [, { names, topic, counts }] of history.tasks)
    if (match.names({ ...names, topic })) counted += counts.completed ?? 0;
  const ends: EndDocument[] = [];
  let last: Place | undefined;
  for (const [index, each] of all.entries()) {
    if (index % SLICE === SLICE - 1) await setImmediate(undefined, { signal });
    if (before !== undefined && !isBefore(each, before)) continue;
    // Since the list was made, its place may have been taken by another one.
    if (each.columns.numberOf(each.place) !== each.number || !match.item(each.columns.itemOf(each.place))) continue;
    if (ends.length === limit) return answer(history, ends, last, { counted, kept });
    ends.push(each.read());
    last = each;
  }
  return answer(history, ends, undefined, { counted, kept });
}

function answer(
  { since }: History,
  ends: readonly EndDocument[],
  last: Place | undefined,
  completed: EndsDocument["completed"],
): EndsDocument {
  const next = last === undefined ? null : writeCursor(last);
  return { ends, next, since: new Date(since).toISOString(), completed };
}

/** The newest first; each end once, also when it is kept as one of its task and as the slowest of its minute. */
function placesOf(
  { unhappy, completions }: History,
  wanted: (names: ReturnType<EndColumns["namesOf"]>) => boolean,
): Place[] {
  const places = new Map<number, Place>();
  const add = (columns: EndColumns, read: (place: number) => EndDocument) => {
    for (let place = 0; place < columns.capacity; place += 1) {
      const number = columns.numberOf(place);
      if (number === 0 || places.has(number) || !wanted(columns.namesOf(place))) continue;
      places.set(number, { number, at: columns.atOf(place), columns, place, read: () => read(place) });
    }
  };
  add(unhappy.columns, (place) => unhappy.read(place));
  for (const columns of [completions.columns, completions.slowest]) add(columns, (place) => columns.read(place));
  return [...places.values()].sort((one, other) => other.at - one.at || other.number - one.number);
}

type Position = Pick<Place, "at" | "number">;

function isBefore(place: Position, other: Position): boolean {
  return place.at < other.at || (place.at === other.at && place.number < other.number);
}

function writeCursor({ at, number }: Position): string {
  return Buffer.from(`${at} ${number}`).toString("base64url");
}

function readCursor(cursor: string): Position {
  const [at = Number.NaN, number = Number.NaN, ...rest] = Buffer.from(cursor, "base64url")
    .toString()
    .split(" ")
    .map(Number);
  if (Number.isFinite(at) && Number.isFinite(number) && rest.length === 0) return { at, number };
  throw new OperationError(
    "bad_request",
    "bad_cursor",
    "cursor: expected `next` of an answer; start without a cursor",
    { field: "cursor" },
  );
}
