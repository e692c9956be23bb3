import type { Clock } from "../../base/clock.js";
import type { Snapshot } from "../inflight/counts/snapshot.js";
import { type Row, storedForm } from "../inflight/live-row.js";
import type { FoundRow } from "../inflight/persisted.js";
import type { JournalPort } from "../journal/journal.js";
import type { Matcher } from "./matcher.js";
import { compareKinds, type Kind } from "./places.js";

/** The activations in memory. It holds until the next event. */
interface LiveActivations extends Iterable<Row> {
  readonly size: number;
  get(id: string): Row | undefined;
}

/** Where operators read activations: in memory those that are live, in the in-flight file those that wait for long. */
export interface Sources {
  readonly live: LiveActivations;
  readonly snapshot: Pick<Snapshot, "tallies"> & { readonly topics: Iterable<readonly [string, unknown]> };
  readonly journal: Pick<JournalPort, "page" | "find" | "uuid">;
  readonly clock: Clock;
}

/** The live row of a stored one; undefined: only the file has it. */
export function liveRowOf({ live }: Sources, { id, seq }: FoundRow): Row | undefined {
  const row = live.get(id);
  return row?.facts.seq === seq && !row.settled ? row : undefined;
}

export function foundRowOf({ clock }: Sources, row: Row): FoundRow {
  return { ...storedForm(row, clock.wall() - clock.now()), size: row.facts.payload.length };
}

/** The kinds of delayed or parked rows that match, in their order. A kind may be empty. */
export function kindsOf({ snapshot }: Sources, state: "delayed" | "parked", { match }: Matcher): Kind[] {
  const topics = [...snapshot.topics].map(([topic]) => topic);
  const kinds: Kind[] = [];
  for (const tally of snapshot.tallies) {
    if (tally[state] === 0) continue;
    const { application, namespace, task } = tally;
    for (const topic of topics) {
      const kind = { application, namespace, task, topic };
      if (match.names(kind)) kinds.push(kind);
    }
  }
  return kinds.sort(compareKinds);
}

/** How many activations are in the states and tasks that the filter names; any other condition is not counted. */
export function countOf({ snapshot }: Sources, { match }: Matcher): number {
  const topics = [...snapshot.topics].map(([topic]) => topic);
  let count = 0;
  for (const tally of snapshot.tallies) {
    const { application, namespace, task } = tally;
    if (!topics.some((topic) => match.names({ application, namespace, task, topic }))) continue;
    for (const state of ["pending", "delayed", "processing", "retry", "failure", "parked"] as const) {
      if (match.states?.has(state) ?? true) count += tally[state];
    }
  }
  return count;
}
