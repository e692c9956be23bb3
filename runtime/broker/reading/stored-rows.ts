import type { FoundRow, PageRequest, StoredPlace } from "../inflight/persisted.js";
import type { Matcher } from "./matcher.js";
import { BEGINNINGS, compareKinds, type Direction, type Order, type Place } from "./places.js";
import { kindsBehind, MOST_KINDS, type Sources } from "./sources.js";

/** Which part of a state's rows is read. */
interface Part {
  readonly direction?: Direction;
  /** Default: the beginning in this direction. */
  readonly after?: Place | undefined;
  readonly limit?: number | undefined;
}

/**
 * The delayed or parked rows of the in-flight file behind a place, in their order, a turn of the journal at a time; with
 * payloads when the filter asks for parameters. Rows of other tasks than the filter names may be among them.
 */
export async function* storedRows(
  sources: Sources,
  state: "delayed" | "parked",
  order: Order,
  matcher: Matcher,
  part: Part = {},
): AsyncGenerator<readonly FoundRow[]> {
  const { journal } = sources;
  for await (const { rows } of storedTurns(sources, state, order, matcher, (turn) => journal.page(turn), part))
    if (rows.length > 0) yield rows;
}

/** What `ask` answers for each turn, one after the other; `next` in it says where the next one begins. */
export async function* storedTurns<Turn extends { readonly next: StoredPlace | undefined }>(
  sources: Sources,
  state: "delayed" | "parked",
  order: Order,
  matcher: Matcher,
  ask: (request: PageRequest) => Promise<Turn>,
  part: Part = {},
): AsyncGenerator<Turn> {
  const { direction = "oldest", limit = Number.POSITIVE_INFINITY } = part;
  const beginning = BEGINNINGS[direction];
  const { after = beginning } = part;
  const common = { limit, payload: matcher.needsPayload, newest: direction === "newest" };
  if (order === "due") {
    yield* turns(ask, { ...common, order, after: { due: after.time, seq: after.seq } });
    return;
  }
  // The kind of the place may have become empty, and may be gone.
  let kinds = await kindsBehind(sources, state, matcher, { after: after.kind, including: true, direction });
  let place = after;
  for (;;) {
    const [first] = kinds;
    const last = kinds.at(-1);
    if (first === undefined || last === undefined) return;
    const continues = place.kind !== undefined && compareKinds(first, place.kind) === 0;
    const { time, seq } = continues ? place : beginning;
    const request = { ...common, order: "received", after: { receivedAt: time, seq } } as const;
    yield* turns(ask, { ...request, kinds: kinds.map((kind) => ({ ...kind, state })) });
    if (kinds.length < MOST_KINDS) return;
    kinds = await kindsBehind(sources, state, matcher, { after: last, including: false, direction });
    place = beginning;
  }
}

async function* turns<Turn extends { readonly next: StoredPlace | undefined }>(
  ask: (request: PageRequest) => Promise<Turn>,
  request: PageRequest,
): AsyncGenerator<Turn> {
  for (let next = request; ; ) {
    const turn = await ask(next);
    yield turn;
    const at = turn.next;
    if (at === undefined) return;
    next = next.order === "due" ? { ...next, after: at } : { ...next, after: at, kinds: next.kinds.slice(at.kind) };
  }
}
