import type { Verb } from "../operations/verb.js";

/** The verbs that this broker implements. */
export function verbsOf(): readonly Verb[] {
  return [];
}
