import type { Row } from "../inflight/live-row.js";
import type { FoundRow } from "../inflight/persisted.js";
import type { Matcher } from "./matcher.js";
import { type Direction, STATES, towards } from "./places.js";
import { foundRowOf, liveRowOf, type Sources } from "./sources.js";

/** The activations in flight with these ids: live ones, and those that only the file has. */
export async function lookUp(
  sources: Sources,
  ids: readonly string[],
  payload: boolean,
): Promise<{ readonly live: readonly Row[]; readonly stored: readonly FoundRow[] }> {
  const distinct = [...new Set(ids)];
  // Memory first: a row that leaves it meanwhile is then in the file.
  const live = new Map<number, Row>();
  for (const id of distinct) {
    const row = sources.live.get(id);
    if (row !== undefined) live.set(row.facts.seq, row);
  }
  const stored: FoundRow[] = [];
  for (const row of await sources.journal.find(distinct, payload)) {
    const current = liveRowOf(sources, row);
    if (current !== undefined) live.set(row.seq, current);
    else if (!live.has(row.seq)) stored.push(row);
  }
  return { live: [...live.values()].filter(({ settled }) => !settled), stored };
}

/** The activations in flight with these ids, in the order of lists; `payload`: with what their records hold. */
export async function findIds(sources: Sources, ids: readonly string[], payload: boolean): Promise<FoundRow[]> {
  const { live, stored } = await lookUp(sources, ids, payload);
  return [...live.map((row) => foundRowOf(sources, row)), ...stored].sort(
    (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.seq - other.seq,
  );
}

/** The activations with these ids that match the rest of the filter, too. */
export async function findByIds(
  sources: Sources,
  ids: readonly string[],
  matcher: Matcher,
  direction: Direction,
): Promise<FoundRow[]> {
  const found = (await findIds(sources, ids, matcher.needsPayload)).filter((row) => matcher.matches(row, row));
  return found.sort(
    (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || towards(direction, one.seq - other.seq),
  );
}
