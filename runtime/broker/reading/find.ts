import type { Row } from "../inflight/live-row.js";
import type { FoundRow } from "../inflight/persisted.js";
import type { Matcher } from "./matcher.js";
import { STATES } from "./places.js";
import { foundRowOf, liveRowOf, type Sources } from "./sources.js";

/** The activations in flight with these ids, in the order of lists; `payload`: with what the record holds. */
export async function findIds(sources: Sources, ids: readonly string[], payload: boolean): Promise<FoundRow[]> {
  // Memory first: a row that leaves it meanwhile is then in the file.
  const live = new Map<number, Row>();
  for (const id of ids) {
    const row = sources.live.get(id);
    if (row !== undefined) live.set(row.facts.seq, row);
  }
  const onlyStored: FoundRow[] = [];
  for (const row of await sources.journal.find(ids, payload)) {
    const current = liveRowOf(sources, row);
    if (current !== undefined) live.set(row.seq, current);
    else if (!live.has(row.seq)) onlyStored.push(row);
  }
  const found = [...live.values()].filter(({ settled }) => !settled).map((row) => foundRowOf(sources, row));
  return [...found, ...onlyStored].sort(
    (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.seq - other.seq,
  );
}

/** The activations with these ids that match the rest of the filter, too. */
export async function findByIds(sources: Sources, ids: readonly string[], matcher: Matcher): Promise<FoundRow[]> {
  const rows = await findIds(sources, [...new Set(ids)], matcher.needsPayload);
  return rows.filter((row) => matcher.matches(row, row));
}
