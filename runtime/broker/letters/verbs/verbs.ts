import type { Verb } from "../../../operations/verb.js";
import { exportVerb } from "./export.js";
import { listVerbs } from "./list.js";
import { type ResolveParts, resolveVerbs } from "./resolve.js";

/** The verbs of dead letters. */
export function letterVerbs(parts: ResolveParts): readonly Verb[] {
  const { letters, clock } = parts;
  return [...listVerbs(letters, clock), ...resolveVerbs(parts), exportVerb(letters, clock)];
}
