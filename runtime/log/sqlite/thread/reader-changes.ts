import { failureOf, foreignFailure, staleFailure } from "../failures.js";
import type { FileOptions } from "../file/database.js";
import type { Owned } from "../file/reader-rows.js";
import type { Answer, Failure, Request } from "../messages.js";
import type { Change } from "./group-commit.js";
import type { Opened } from "./opened.js";
import type { Reading } from "./served-readers.js";
import type { Trimmer } from "./trimmer.js";

/** What the changes of a reader work on. */
export interface ReaderContext {
  readonly options: FileOptions;
  readonly reading: Reading;
  readonly trimmer: Trimmer;
  readonly opened: () => Opened;
  readonly answer: (answer: Answer) => void;
}

type Of<Kind extends Request["kind"]> = Extract<Request, { readonly kind: Kind }>;

/** Gives topics to a reader, all or none. */
export function assignChange(
  { number, reader, topics, journal, takeOver, reread, lineage }: Of<"read">,
  bell: string | undefined,
  { options, reading, opened, answer }: ReaderContext,
): Change {
  let owned: Owned[] = [];
  let refused: Failure | undefined;
  const change: Change = {
    appends: false,
    apply() {
      const { readers } = opened();
      const foreign = takeOver ? undefined : readers.foreign(topics, journal);
      refused = foreign === undefined ? undefined : foreignFailure(foreign);
      owned =
        refused === undefined ? topics.map((topic) => readers.assign(topic, { journal, reread, lineage }, bell)) : [];
    },
    committed() {
      if (refused !== undefined) return answer({ kind: "failed", number, failure: refused });
      reading.start(reader, owned);
      answer({ kind: "assigned", number, assigned: owned.map(({ assigned, from }) => ({ assigned, from })) });
    },
    failed: (error) => answer({ kind: "failed", number, failure: failureOf(error, options) }),
    split: () => [change],
  };
  return change;
}

/** Stores positions, all or none. */
export function commitChange(
  { number, reader, commits, now }: Of<"commit">,
  { options, reading, trimmer, opened, answer }: ReaderContext,
): Change {
  let refused: Failure | undefined;
  const change: Change = {
    appends: false,
    apply() {
      const open = opened();
      const stale = commits.find((commit) => reading.owned(open, reader, commit) === undefined);
      refused = stale === undefined ? undefined : staleFailure(stale);
      if (refused !== undefined) return;
      for (const commit of commits) {
        const table = reading.owned(open, reader, commit);
        if (table !== undefined) open.readers.commit(table, commit, now);
      }
    },
    committed() {
      if (refused !== undefined) return answer({ kind: "failed", number, failure: refused });
      for (const { topic } of commits) trimmer.markDue(topic, now);
      answer({ kind: "done", number });
    },
    failed: (error) => answer({ kind: "failed", number, failure: failureOf(error, options) }),
    split: () => [change],
  };
  return change;
}
