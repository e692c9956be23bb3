import type { Filter } from "../../../operations/filter/filter.js";
import { matchOf } from "../../../operations/filter/match.js";
import { placeIn } from "../../../operations/letter-place.js";
import type { Letter } from "../records/letter.js";
import { stateOf } from "../records/standing.js";
import type { Listed, ListPosition } from "./rows.js";

/** What a list looks for. */
export interface LetterQuery {
  /** Without a state it finds open letters. */
  readonly filter: Filter;
  /** The time that ages are measured from, milliseconds. */
  readonly now: number;
  readonly limit: number;
  readonly order: "newest" | "oldest";
  readonly after: ListPosition | undefined;
  /** Where each partition ends for this query, by TOPIC/PARTITION; undefined: at its end. */
  readonly ends: ReadonlyMap<string, number> | undefined;
}

/** What a change by filter would do; `mayHaveStarted` undefined: a purge. */
export interface CountQuery extends Pick<LetterQuery, "filter" | "now" | "ends" | "after"> {
  readonly mayHaveStarted: boolean | undefined;
}

/** Which letters are grouped. */
export type GroupQuery = Pick<LetterQuery, "filter" | "now" | "ends" | "after">;

/** Whether a letter matches. An id also finds the letter of a chain by its first run. */
export function matcherOf({
  filter,
  now,
  ends,
}: Pick<LetterQuery, "filter" | "now" | "ends">): (listed: Pick<Listed, "letter" | "marker">) => boolean {
  const match = matchOf(filter, now);
  const states = match.states ?? new Set(["open"]);
  const item = (letter: Letter, id: string, state: string) => {
    const { reason, fp: fingerprint, error, at, attempts } = letter;
    return match.item({ state, id, reason, fingerprint, error, at, attempts });
  };
  return ({ letter, marker }) => {
    const state = stateOf({ letter, marker });
    if (!states.has(state)) return false;
    if (ends !== undefined && letter.offset >= (ends.get(`${letter.topic}/${letter.partition}`) ?? 0)) return false;
    const { application, namespace, task } = letter;
    const topic = match.hasNames ? (placeIn(letter.origin)?.topic ?? "") : "";
    if (!match.names({ application, namespace, task, topic })) return false;
    return item(letter, letter.id, state) || (letter.root !== letter.id && item(letter, letter.root, state));
  };
}
