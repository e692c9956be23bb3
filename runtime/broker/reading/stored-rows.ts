import type { FoundRow, PageRequest, StoredPlace } from "../inflight/persisted.js";
import type { Matcher } from "./matcher.js";
import { compareKinds, type Order, type Place } from "./places.js";
import { kindsBehind, MOST_KINDS, type Sources } from "./sources.js";

const BEGINNING: Place = { kind: undefined, time: -1, seq: -1 };

/**
 * The delayed or parked rows of the in-flight file behind a place, in their order, a turn of the journal at a time; with
 * payloads when the filter asks for parameters. Rows of other tasks than the filter names may be among them.
 */
export async function* storedRows(
  sources: Sources,
  state: "delayed" | "parked",
  order: Order,
  matcher: Matcher,
  after: Place = BEGINNING,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly FoundRow[]> {
  const { journal } = sources;
  for await (const { rows } of storedTurns(sources, state, order, matcher, (turn) => journal.page(turn), after, limit))
    if (rows.length > 0) yield rows;
}

/** What `ask` answers for each turn, one after the other; `next` in it says where the next one begins. */
export async function* storedTurns<Turn extends { readonly next: StoredPlace | undefined }>(
  sources: Sources,
  state: "delayed" | "parked",
  order: Order,
  matcher: Matcher,
  ask: (request: PageRequest) => Promise<Turn>,
  after: Place = BEGINNING,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Turn> {
  const common = { limit, payload: matcher.needsPayload };
  if (order === "due") {
    yield* turns(ask, { ...common, order, after: { due: after.time, seq: after.seq } });
    return;
  }
  // The kind of the place may have become empty, and may be gone.
  let kinds = await kindsBehind(sources, state, matcher, after.kind, true);
  let place = after;
  for (;;) {
    const [first] = kinds;
    const last = kinds.at(-1);
    if (first === undefined || last === undefined) return;
    const continues = place.kind !== undefined && compareKinds(first, place.kind) === 0;
    const { time, seq } = continues ? place : BEGINNING;
    const request = { ...common, order: "received", after: { receivedAt: time, seq } } as const;
    yield* turns(ask, { ...request, kinds: kinds.map((kind) => ({ ...kind, state })) });
    if (kinds.length < MOST_KINDS) return;
    kinds = await kindsBehind(sources, state, matcher, last, false);
    place = BEGINNING;
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
