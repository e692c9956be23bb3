import { equals, selectArguments } from "../../activation/arguments/select.js";
import { decompressor } from "../../activation/encoding/zstd.js";
import type { ArgumentTerm, Filter } from "../../operations/filter/filter.js";
import { type FilterMatch, matchOf } from "../../operations/filter/match.js";
import { parseFilter } from "../../operations/filter/parse.js";
import { printFilter } from "../../operations/filter/print.js";
import type { Facts, StoredRow } from "../inflight/row.js";

type Changing = Pick<StoredRow, "state" | "worker" | "ending">;

/** The filter `q` over activations; `now`: the wall, from which its ages count. Rejects with OperationError (bad_filter). */
export async function openMatcher(q: string, now: number): Promise<Matcher> {
  const filter = parseFilter(q, "activations");
  const asksForArguments = filter.some(({ kind }) => kind === "argument");
  return new Matcher(filter, now, asksForArguments ? await decompressor() : (frame) => frame);
}

/** A filter over rows. */
export class Matcher {
  readonly match: FilterMatch;
  /** The filter as text, always the same for the same filter. */
  readonly printed: string;
  /** Whether the filter asks for nothing but states and names of tasks: then the tallies count what matches. */
  readonly isCounted: boolean;
  readonly #matchesAll: boolean;
  readonly #args: readonly ArgumentTerm[];
  readonly #wanted: { readonly args: ReadonlySet<number>; readonly kwargs: ReadonlySet<string> };
  readonly #unpack: (frame: Uint8Array) => Uint8Array;

  /** `now`: the wall. `unpack` decompresses parameters. */
  constructor(filter: Filter, now: number, unpack: (frame: Uint8Array) => Uint8Array) {
    this.match = matchOf(filter, now);
    this.printed = printFilter(filter);
    this.isCounted = filter.every((term) => term.kind === "text" && COUNTED.has(term.key));
    this.#matchesAll = filter.every((term) => term.kind === "text" && NAMES.has(term.key));
    this.#args = this.match.args;
    this.#wanted = {
      args: new Set(this.#args.flatMap(({ position }) => position ?? [])),
      kwargs: new Set(this.#args.flatMap(({ keyword }) => keyword ?? [])),
    };
    this.#unpack = unpack;
  }

  /** Whether a row's payload has to be read. */
  get needsPayload(): boolean {
    return this.#args.length > 0;
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

  /** Compares as the kill switch does: by position or by keyword. Parameters that are not readable match nothing. */
  matchesArguments({ payload, id }: Facts): boolean {
    if (!this.needsPayload) return true;
    try {
      const { args, kwargs } = selectArguments(payload, id, this.#wanted, this.#unpack);
      return this.#args.every(({ position, keyword, values }) =>
        values.some(
          (value) =>
            (position !== undefined && args.has(position) && equals(value, args.get(position))) ||
            (keyword !== undefined && kwargs.has(keyword) && equals(value, kwargs.get(keyword))),
        ),
      );
    } catch {
      return false;
    }
  }

  matches(facts: Facts, changing: Changing): boolean {
    return this.matchesFacts(facts, changing) && this.matchesArguments(facts);
  }
}

const NAMES: ReadonlySet<string> = new Set(["app", "ns", "task", "topic"]);
const COUNTED: ReadonlySet<string> = new Set(["state", "app", "ns", "task"]);
