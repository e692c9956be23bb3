import type { FoundRow, PageRequest } from "../inflight/persisted.js";
import type { Matcher } from "./matcher.js";
import { compareKinds, type Order, type Place } from "./places.js";
import { kindsOf, type Sources } from "./sources.js";

/** Most kinds of one request. */
const MOST_KINDS = 1000;
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
  const common = { limit, payload: matcher.needsPayload };
  if (order === "due") {
    yield* turns(sources, { ...common, order, after: { due: after.time, seq: after.seq } });
    return;
  }
  const kinds = kindsOf(sources, state, matcher).filter((kind) => compareKinds(kind, after.kind) >= 0);
  const [first] = kinds;
  // The kind of the place may have become empty, and may be gone.
  const continues = after.kind !== undefined && first !== undefined && compareKinds(first, after.kind) === 0;
  for (let from = 0; from < kinds.length; from += MOST_KINDS) {
    const { time, seq } = from === 0 && continues ? after : BEGINNING;
    const slice = kinds.slice(from, from + MOST_KINDS).map((kind) => ({ ...kind, state }));
    yield* turns(sources, { ...common, order: "received", kinds: slice, after: { receivedAt: time, seq } });
  }
}

async function* turns({ journal }: Sources, request: PageRequest): AsyncGenerator<readonly FoundRow[]> {
  for (let next = request; ; ) {
    const turn = await journal.page(next);
    if (turn.rows.length > 0) yield turn.rows;
    const at = turn.next;
    if (at === undefined) return;
    next = next.order === "due" ? { ...next, after: at } : { ...next, after: at, kinds: next.kinds.slice(at.kind) };
  }
}
