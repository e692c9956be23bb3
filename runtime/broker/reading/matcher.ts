import { type ArgumentMatcher, openArguments } from "../../operations/filter/arguments.js";
import type { Filter } from "../../operations/filter/filter.js";
import { type FilterMatch, matchOf } from "../../operations/filter/match.js";
import { parseFilter } from "../../operations/filter/parse.js";
import { printFilter } from "../../operations/filter/print.js";
import type { Facts, StoredRow } from "../inflight/row.js";

type Changing = Pick<StoredRow, "state" | "worker" | "ending">;

/** The filter `q` over activations; `now`: the wall, from which its ages count. Rejects with OperationError (bad_filter). */
export async function openMatcher(q: string, now: number): Promise<Matcher> {
  const filter = parseFilter(q, "activations");
  const match = matchOf(filter, now);
  return new Matcher(filter, match, await openArguments(match.args));
}

/** A filter over rows. */
export class Matcher {
  readonly match: FilterMatch;
  /** The filter as text, always the same for the same filter. */
  readonly printed: string;
  /** Whether the filter asks for nothing but states and names of tasks: then the tallies count what matches. */
  readonly isCounted: boolean;
  readonly #matchesAll: boolean;
  readonly #args: ArgumentMatcher;

  /** `match` and `args`: of the filter. */
  constructor(filter: Filter, match: FilterMatch, args: ArgumentMatcher) {
    this.match = match;
    this.printed = printFilter(filter);
    this.isCounted = filter.every((term) => term.kind === "text" && COUNTED.has(term.key));
    this.#matchesAll = filter.every((term) => term.kind === "text" && NAMES.has(term.key));
    this.#args = args;
  }

  /** Whether a row's payload has to be read. */
  get needsPayload(): boolean {
    return this.#args.needsPayload;
  }

  /** Everything but the parameters. */
  matchesFacts(facts: Facts, { state, worker, ending }: Changing): boolean {
    if (!this.match.names(facts)) return false;
    if (this.#matchesAll) return true;
    const { id, due, attempts, receivedAt } = facts;
    const { reason, error } = ending ?? {};
    return this.match.item({
      state,
      id,
      worker,
      reason,
      error,
      attempts,
      at: receivedAt,
      due: state === "delayed" ? due : undefined,
    });
  }

  /** Parameters that are not readable match nothing. */
  matchesArguments({ payload, id }: Facts): boolean {
    return this.#args.matches(payload, id);
  }

  matches(facts: Facts, changing: Changing): boolean {
    return this.matchesFacts(facts, changing) && this.matchesArguments(facts);
  }
}

const NAMES: ReadonlySet<string> = new Set(["app", "ns", "task", "topic"]);
const COUNTED: ReadonlySet<string> = new Set(["state", "app", "ns", "task"]);
