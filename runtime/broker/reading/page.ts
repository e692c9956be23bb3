import type { State } from "../../activation/states.js";
import type { Clock } from "../../base/clock.js";
import type { Row } from "../inflight/live-row.js";
import type { FoundRow } from "../inflight/persisted.js";
import { Breath } from "./breath.js";
import type { Matcher } from "./matcher.js";
import { comparePlaces, type Direction, type Order, orderOf, type Place, placeOf, STATES } from "./places.js";
import { Smallest } from "./smallest.js";
import { foundRowOf, liveRowOf, type Sources } from "./sources.js";
import { storedRows } from "./stored-rows.js";

/** After this many rows, or this time, a page ends with what it has found. Clients wait 2 s at least. */
const MOST_LOOKED = 100_000;
const LONGEST_MS = 1500;
/** About this many bytes of rows make a page full. */
const PAGE_BYTES = 1024 * 1024;
/** Bytes of a row beside its strings. */
const ROW_BYTES = 400;

/** Where a page begins: behind a place of a state. */
export interface Start {
  readonly state: State;
  /** undefined: before the first row of the state. */
  readonly after: Place | undefined;
}

interface Page {
  readonly rows: readonly FoundRow[];
  /** undefined: nothing is behind it. */
  readonly next: Start | undefined;
  /** Rows that were compared with the filter. */
  readonly looked: number;
  /** It ended because it had looked at many rows. */
  readonly ended: boolean;
}

/** What is asked for. */
interface Asked {
  readonly matcher: Matcher;
  readonly direction: Direction;
  /** undefined: from the first row on. */
  readonly start: Start | undefined;
  readonly limit: number;
}

/** The rows behind `start` that match, at most `limit` of them. */
export async function readPage(sources: Sources, asked: Asked, signal: AbortSignal): Promise<Page> {
  const { matcher, start, limit } = asked;
  const from = start === undefined ? 0 : STATES.indexOf(start.state);
  const wanted = matcher.match.states;
  const states = STATES.slice(from).filter((state) => wanted?.has(state) ?? true);
  const live = await liveRows(sources, asked, states, signal);
  const draft = new Draft(limit, sources.clock);
  for (const state of states) {
    const after = state === start?.state ? start.after : undefined;
    const order = orderOf(state, matcher.match.hasNames);
    const found = inOrder(sources, asked, state, after, live.get(state) ?? NONE);
    await draft.take(state, order, found, matcher, signal);
    if (draft.next !== undefined) break;
  }
  return draft;
}

/** A row that may match. */
interface Candidate {
  readonly place: Place;
  /** What is true of it now; undefined: it is settled. */
  readonly row: () => FoundRow | undefined;
}

/** The live rows of a state, in order. `more`: others come behind them. */
interface Live {
  readonly rows: readonly Placed[];
  readonly more: boolean;
}

interface Placed {
  readonly row: Row;
  readonly place: Place;
}

const NONE: Live = { rows: [], more: false };

/** A page as it grows. */
class Draft implements Page {
  readonly rows: FoundRow[] = [];
  looked = 0;
  ended = false;
  next: Start | undefined;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #until: number;
  readonly #breath = new Breath();
  #bytes = 0;
  #last: Start | undefined;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#until = clock.now() + LONGEST_MS;
  }

  /** Takes the rows of a state that match; `next` is set when the page ends within it. */
  async take(
    state: State,
    order: Order,
    candidates: AsyncGenerator<Candidate | "more">,
    matcher: Matcher,
    signal: AbortSignal,
  ): Promise<void> {
    let at: Start | undefined;
    for await (const candidate of candidates) {
      if (candidate === "more") {
        this.next = at;
        return;
      }
      const { row, place } = candidate;
      at = { state, after: place };
      const found = row();
      this.looked += 1;
      const matches = found !== undefined && found.state === state && matcher.matches(found, found);
      if (matches && this.#isFull) {
        this.next = this.#last;
        return;
      }
      if (matches) this.#add(found, { state, after: placeOf(found, order) });
      if (this.looked >= MOST_LOOKED || this.#clock.now() >= this.#until) {
        this.ended = true;
        this.next = at;
        return;
      }
      if (this.#breath.over(matcher.needsPayload ? 16 : 1)) await this.#breath.pause(signal);
    }
  }

  get #isFull(): boolean {
    return this.rows.length >= this.#limit || this.#bytes >= PAGE_BYTES;
  }

  #add(row: FoundRow, at: Start): void {
    this.rows.push(row);
    this.#last = at;
    const { id, task, namespace, application, topic, worker, ending } = row;
    const texts = [id, task, namespace, application, topic, worker, (ending?.error ?? "").slice(0, 512)];
    this.#bytes += ROW_BYTES + texts.reduce((sum, text) => sum + text.length, 0);
  }
}

/**
 * The rows of a state, live and stored ones merged; each once. A live row is the truth where both have it. "more" at the
 * end: live rows follow that were not collected, and perhaps stored ones.
 */
async function* inOrder(
  sources: Sources,
  { matcher, direction, limit: most }: Asked,
  state: State,
  after: Place | undefined,
  live: Live,
): AsyncGenerator<Candidate | "more"> {
  const order = orderOf(state, matcher.match.hasNames);
  const waiting = live.rows;
  let at = 0;
  const candidate = (row: Row, place: Place): Candidate => ({
    place,
    row: () => (row.settled ? undefined : foundRowOf(sources, row)),
  });
  if (state === "delayed" || state === "parked") {
    // Where most rows match, no more are read than the page needs.
    const limit = matcher.isCounted ? most + 1 : undefined;
    for await (const rows of storedRows(sources, state, order, matcher, { direction, after, limit })) {
      for (const stored of rows) {
        const place = placeOf(stored, order);
        for (let first = waiting[at]; first !== undefined; first = waiting[at]) {
          const side = comparePlaces(first.place, place, direction);
          if (side > 0) break;
          at += 1;
          if (side < 0) yield candidate(first.row, first.place);
        }
        if (live.more && at === waiting.length) {
          yield "more";
          return;
        }
        const current = liveRowOf(sources, stored);
        yield current === undefined ? { place, row: () => stored } : candidate(current, place);
      }
    }
  }
  for (const { row, place } of waiting.slice(at)) yield candidate(row, place);
  if (live.more) yield "more";
}

/**
 * The live rows behind `start` that may match, by state and in order: the first of each state, as many as the page may need;
 * all when their parameters have still to be compared. Which are live is looked up before the file is read: a row that leaves
 * memory meanwhile is then in the file.
 */
async function liveRows(
  sources: Sources,
  { matcher, direction, start, limit }: Asked,
  states: readonly State[],
  signal: AbortSignal,
): Promise<ReadonlyMap<State, Live>> {
  const byPlace = (one: Placed, other: Placed) => comparePlaces(one.place, other.place, direction);
  const most = matcher.needsPayload ? Number.POSITIVE_INFINITY : limit + 1;
  const firsts = new Map(states.map((state) => [state, new Smallest<Placed>(most, byPlace)]));
  const breath = new Breath();
  // What is added meanwhile comes behind: the rows of now are the first.
  let left = states.some((state) => sources.live.count(state) > 0) ? sources.live.size : 0;
  for (const row of sources.live) {
    if (left-- <= 0) break;
    if (breath.over()) await breath.pause(signal);
    const { state, facts } = row;
    if (row.settled) continue;
    const first = firsts.get(state);
    if (first === undefined || !matcher.matchesFacts(facts, row)) continue;
    const place = placeOf(facts, orderOf(state, matcher.match.hasNames));
    const after = state === start?.state ? start.after : undefined;
    if (after === undefined || comparePlaces(place, after, direction) > 0) first.add({ row, place });
  }
  return new Map([...firsts].map(([state, first]) => [state, { rows: first.inOrder(), more: first.more }]));
}
