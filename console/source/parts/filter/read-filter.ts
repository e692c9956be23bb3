import type { Filter, FilterNoun } from "../../../../runtime/operations/filter/filter.js";
import { parseFilter } from "../../../../runtime/operations/filter/parse.js";

/** The filter, or why it cannot be read. */
export function readFilter(q: string, noun: FilterNoun): Filter | Error {
  try {
    return parseFilter(q, noun);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
