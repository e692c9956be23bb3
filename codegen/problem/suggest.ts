import { nearest } from "taskwire/model";

/** Names shown when nothing is near enough. */
const SHOWN = 12;

/** The hint for an unknown name: the nearest known one, and the known ones, at most `shown` of them. */
export function didYouMean(
  found: string,
  known: readonly string[],
  what: string,
  near: string | undefined = nearest(found, known),
  shown = SHOWN,
): string {
  const list = known.length === 0 ? "none" : known.slice(0, shown).join(", ") + (known.length > shown ? ", ..." : "");
  const all = `${what}: ${list}`;
  return near === undefined ? all : `did you mean "${near}"? (${all})`;
}
