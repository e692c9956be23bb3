import { parseFilter } from "../../operations/filter/parse.js";
import type { LetterIndex } from "./index/letter-index.js";
import type { Source } from "./sources.js";
import { letterDocument } from "./verbs/documents.js";

/** Open letters that are looked at, oldest first: those of topics that keep them without end may come before others. */
const MOST = 100;

/** What the index says of open letters. */
export interface NextDeletion {
  readonly open: number;
  /** The one that the log deletes first, and when, milliseconds since the epoch; undefined: none. */
  readonly first: { readonly place: string; readonly task: string; readonly at: number } | undefined;
}

/** `wall`: milliseconds since the epoch. */
export async function nextDeletion(
  index: Pick<LetterIndex, "list" | "summary">,
  sources: readonly Source[],
  wall: number,
): Promise<NextDeletion> {
  const filter = parseFilter("state:open", "letters");
  const query = { filter, limit: MOST, order: "oldest", after: undefined, now: wall, ends: undefined } as const;
  const [{ rows }, { counts }] = await Promise.all([index.list(query), index.summary()]);
  const dated = rows.flatMap(({ letter, marker }) => {
    const { place, task, deletedAfter } = letterDocument(letter, marker, sources);
    return deletedAfter === undefined ? [] : [{ place, task, at: Date.parse(deletedAfter) }];
  });
  const [first] = dated.sort((one, other) => one.at - other.at);
  return { open: counts.open, first };
}
