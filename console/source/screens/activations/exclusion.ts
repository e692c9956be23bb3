import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import { printFilter } from "../../../../runtime/operations/filter/print.js";
import type { Count } from "./tabs.ts";

/** Most terms that are left out one by one: each is a question to the brokers. */
const MOST = 6;

/** A filter without one of its terms. */
interface Without {
  /** The term that is left out, as it is written. */
  readonly term: string;
  /** The rest of the filter; "": everything. */
  readonly q: string;
}

/** The filters to ask for when nothing matches, to find the term that excludes everything. */
export function withoutEach(filter: Filter): readonly Without[] {
  return filter.slice(0, MOST).map((term, index) => ({
    term: printFilter([term]),
    q: printFilter(filter.filter((_, other) => other !== index)),
  }));
}

/** What a filter without a term matches. */
export interface Excluded extends Without {
  readonly total: Count;
}

/** The terms without which something matches, the one that excludes most first. */
export function excluding(found: readonly Excluded[]): readonly Excluded[] {
  return found.filter(({ total }) => total.count > 0).sort((one, other) => other.total.count - one.total.count);
}
