import type { Total } from "../operations/documents/activations.js";
import { OperationError } from "../operations/errors.js";
import type { VerbName } from "../operations/verbs.js";
import type { Front, Missing } from "./front.js";
import { refuseIfAny } from "./refusal.js";
import { joinTotals, type Totals } from "./totals.js";

/** One page of a list as a broker answers it. */
interface BrokerPage<Row> {
  readonly rows: readonly Row[];
  /** undefined: it is the last one. */
  readonly next: string | undefined;
}

/** How a list is asked for and ordered. D: its document, Row: what it lists. */
export interface ListOf<D, Row> {
  readonly verb: VerbName;
  page(document: D): BrokerPage<Row>;
  idOf(row: Row): string;
  /** What the list is ordered by, as strings or numbers; each broker's list is in this order, up to equal ones. */
  orderOf(row: Row): readonly (string | number)[];
  readonly descending?: boolean;
  /** How many entries match; absent: brokers do not count them, and what was found until now counts. */
  totalsOf?(document: D): Totals;
}

export interface MergedPage<D, Row> {
  readonly rows: readonly { readonly broker: string; readonly row: Row }[];
  /** null: it is the last page. */
  readonly cursor: string | null;
  /** What each broker answered, for what else it says. */
  readonly documents: readonly { readonly broker: string; readonly document: D }[];
  readonly partial: readonly Missing[];
  readonly totals: Totals;
}

/** How many of the rows shown last are remembered: the last one may end before the next page. */
const REMEMBERED = 5;

/** Where a broker's list continues: its own cursor, and the last rows of that page that have been shown, the last one first. */
interface Place {
  readonly cursor?: string | undefined;
  readonly shown?: { readonly ids: readonly string[]; readonly order: readonly (string | number)[] } | undefined;
  /** The broker has no more rows; this is its total. */
  readonly ended?: Total | undefined;
}

/**
 * One page of the lists of all brokers, merged by their order. Its cursor holds a place for each broker. A row that was
 * shown may appear again when its broker's rows changed between two pages; none is left out.
 */
export async function mergedPage<D, Row>(
  front: Pick<Front, "brokers" | "ask">,
  list: ListOf<D, Row>,
  request: object,
  limit: number,
  cursor?: string,
): Promise<MergedPage<D, Row>> {
  const places = cursor === undefined ? undefined : placesOf(cursor);
  if (places !== undefined && !front.brokers.some((broker) => goesOn(places.get(broker)))) throw foreign();
  const { answers, refused, ...asked } = await front.ask<D>(list.verb, (broker) => {
    if (places === undefined) return { ...request, limit };
    const place = places.get(broker);
    // It has no more rows, or was not among the brokers of the first page.
    if (!goesOn(place)) return undefined;
    return { ...request, limit, ...(place?.cursor === undefined ? {} : { cursor: place.cursor }) };
  });
  // One without history has no ends; any other refusal would make the list look complete.
  const without = refused.filter(({ error }) => error.kind === "not_found");
  refuseIfAny(refused.filter((each) => !without.includes(each)));
  const partial = [...asked.partial, ...without];

  const heads = answers.map(({ broker, document }) => {
    const { rows, next } = list.page(document);
    const place = places?.get(broker) ?? {};
    return { broker, next, place, rows: unshown(list, rows, place), taken: 0 };
  });
  const rows: { broker: string; row: Row }[] = [];
  while (rows.length < limit) {
    const open = heads.filter((head) => head.taken < head.rows.length);
    // A broker whose page is used up may have rows that come before those of others.
    if (heads.some((head) => head.taken >= head.rows.length && head.next !== undefined)) break;
    const [first, ...others] = open;
    if (first === undefined) break;
    const best = others.reduce((one, other) => (before(list, headOf(other), headOf(one)) ? other : one), first);
    const row = headOf(best);
    if (row === undefined) break;
    rows.push({ broker: best.broker, row });
    best.taken += 1;
  }
  const left = heads.flatMap(({ broker, next, place, rows: own, taken }): [string, Place][] => {
    if (taken >= own.length) return next === undefined ? [] : [[broker, { cursor: next }]];
    const last = own[taken - 1];
    const ids = own
      .slice(Math.max(0, taken - REMEMBERED), taken)
      .reverse()
      .map((row) => list.idOf(row));
    const shown = last === undefined ? place.shown : { ids, order: list.orderOf(last) };
    return [[broker, { cursor: place.cursor, shown }]];
  });
  // A silent broker keeps its place, so that a later page can have its rows.
  const silent = partial.flatMap(({ broker }): [string, Place][] => [[broker, places?.get(broker) ?? {}]]);
  const documents = answers.map(({ broker, document }) => ({ broker, document }));
  const earlier = [...(places ?? [])].filter(([, { ended }]) => ended !== undefined);
  const state = { found: rows.length, passed: left.length === 0 && places === undefined, whole: partial.length === 0 };
  const totals = totalsOf(list, documents, earlier, state);
  const ended = heads.flatMap(({ broker, next, rows: own, taken }, index): [string, Place][] => {
    const document = documents[index]?.document;
    if (taken < own.length || next !== undefined || document === undefined) return [];
    const total = list.totalsOf?.(document).total;
    return total === undefined ? [] : [[broker, { ended: total }]];
  });
  const kept =
    list.totalsOf === undefined ? [[EVERY_BROKER, { ended: totals.total }] as const] : [...earlier, ...ended];
  return {
    rows,
    cursor: left.length === 0 ? null : cursorOf([...left, ...silent, ...kept]),
    documents,
    partial,
    totals,
  };
}

/** Whether a broker may have more rows. */
function goesOn(place: Place | undefined): boolean {
  return place !== undefined && place.ended === undefined;
}

/** The name under which a cursor has how many rows were found until now; no broker is called so. */
const EVERY_BROKER = "";

/** `earlier`: what the cursor says of brokers that are not asked any more. */
function totalsOf<D, Row>(
  list: ListOf<D, Row>,
  documents: MergedPage<D, Row>["documents"],
  earlier: readonly (readonly [string, Place])[],
  { found, passed, whole }: { readonly found: number; readonly passed: boolean; readonly whole: boolean },
): Totals {
  const before = earlier.flatMap(([, { ended: total }]) => (total === undefined ? [] : [{ total, looked: null }]));
  const now = documents.map(
    ({ document }) => list.totalsOf?.(document) ?? { total: { count: 0, exact: passed }, looked: null },
  );
  const counted = joinTotals([...before, ...now], whole);
  if (list.totalsOf !== undefined) return counted;
  return { total: { count: counted.total.count + found, exact: passed && whole }, looked: null };
}

function headOf<Row>({ rows, taken }: { readonly rows: readonly Row[]; readonly taken: number }): Row | undefined {
  return rows[taken];
}

/** The rows after the last one that was shown. */
function unshown<D, Row>(list: ListOf<D, Row>, rows: readonly Row[], { shown }: Place): readonly Row[] {
  if (shown === undefined) return rows;
  for (const id of shown.ids) {
    const at = rows.findIndex((row) => list.idOf(row) === id);
    if (at >= 0) return rows.slice(at + 1);
  }
  return rows.filter((row) => compare(list, list.orderOf(row), shown.order) >= 0);
}

function before<D, Row>(list: ListOf<D, Row>, one: Row | undefined, other: Row | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return compare(list, list.orderOf(one), list.orderOf(other)) < 0;
}

function compare<D, Row>(
  { descending = false }: ListOf<D, Row>,
  one: readonly (string | number)[],
  other: readonly (string | number)[],
): number {
  for (const [index, mine] of one.entries()) {
    const theirs = other[index] ?? mine;
    if (mine !== theirs) return mine < theirs === descending ? 1 : -1;
  }
  return 0;
}

function cursorOf(places: readonly (readonly [string, Place])[]): string {
  return Buffer.from(JSON.stringify(places)).toString("base64url");
}

function placesOf(cursor: string): ReadonlyMap<string, Place> {
  try {
    const places: readonly [string, Place][] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (!Array.isArray(places) || !places.every(isEntry)) throw foreign();
    return new Map(places);
  } catch {
    throw foreign();
  }
}

function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string") return false;
  const place: unknown = entry[1];
  if (typeof place !== "object" || place === null) return false;
  if ("cursor" in place && typeof place.cursor !== "string") return false;
  if ("ended" in place && !isTotal(place.ended)) return false;
  if (!("shown" in place)) return true;
  const { shown } = place;
  return (
    typeof shown === "object" &&
    shown !== null &&
    "ids" in shown &&
    Array.isArray(shown.ids) &&
    shown.ids.every((id: unknown) => typeof id === "string") &&
    "order" in shown &&
    Array.isArray(shown.order) &&
    shown.order.every((each: unknown) => typeof each === "string" || typeof each === "number")
  );
}

function isTotal(total: unknown): boolean {
  if (typeof total !== "object" || total === null) return false;
  return "count" in total && typeof total.count === "number" && "exact" in total && typeof total.exact === "boolean";
}

function foreign(): OperationError {
  return new OperationError(
    "bad_request",
    "bad_cursor",
    "cursor: not one of an earlier page of this list from these brokers; begin without it",
    { field: "cursor" },
  );
}
