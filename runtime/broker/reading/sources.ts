import type { State } from "../../activation/states.js";
import type { Clock } from "../../base/clock.js";
import type { Snapshot } from "../inflight/counts/snapshot.js";
import { type Row, storedForm } from "../inflight/live-row.js";
import type { FoundRow } from "../inflight/persisted.js";
import type { JournalPort } from "../journal/journal.js";
import { Breath } from "./breath.js";
import type { Matcher } from "./matcher.js";
import { compareKinds, type Direction, type Kind, STATES, towards } from "./places.js";
import { Smallest } from "./smallest.js";

/** The activations in memory. It holds until the next event. */
interface LiveActivations extends Iterable<Row> {
  readonly size: number;
  /** How many are in a state. */
  count(state: State): number;
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
  return Object.assign(storedForm(row, clock.wall() - clock.now()), { size: row.facts.payload.length });
}

/** Most kinds that are looked up at once. */
export const MOST_KINDS = 1000;

/** Where a list of kinds begins: behind a kind, or from it on. */
interface KindsFrom {
  readonly after: Kind | undefined;
  readonly including: boolean;
  readonly direction: Direction;
}

/**
 * The kinds of delayed or parked rows that match, in their order: the first 1,000 from a place on. A kind may be empty. Names of tasks come from outside: there may be as many kinds as rows.
 */
export async function kindsBehind(
  { snapshot }: Sources,
  state: "delayed" | "parked",
  { match }: Matcher,
  { after, including, direction }: KindsFrom,
): Promise<readonly Kind[]> {
  const topics = [...snapshot.topics].map(([topic]) => topic);
  const kinds = new Smallest<Kind>(MOST_KINDS, (one, other) => towards(direction, compareKinds(one, other)));
  const breath = new Breath();
  for (const tally of snapshot.tallies) {
    if (breath.over()) await breath.pause();
    if (tally[state] === 0) continue;
    const { application, namespace, task } = tally;
    for (const topic of topics) {
      const kind = { application, namespace, task, topic };
      const side = after === undefined ? 1 : towards(direction, compareKinds(kind, after));
      if (side > 0 || (side === 0 && including)) if (match.names(kind)) kinds.add(kind);
    }
  }
  return kinds.inOrder();
}

/** How many activations are in the states and tasks that the filter names; any other condition is not counted. */
export async function countOf({ snapshot }: Sources, { match }: Matcher): Promise<number> {
  const topics = [...snapshot.topics].map(([topic]) => topic);
  const states = STATES.filter((state) => match.states?.has(state) ?? true);
  const breath = new Breath();
  let count = 0;
  for (const tally of snapshot.tallies) {
    if (breath.over()) await breath.pause();
    const { application, namespace, task } = tally;
    if (!topics.some((topic) => match.names({ application, namespace, task, topic }))) continue;
    for (const state of states) count += tally[state];
  }
  return count;
}
