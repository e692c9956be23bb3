import type { OpenLog } from "../file/open-log.js";
import type { OwnedTopic } from "../file/reader-rows.js";
import type { TopicTable } from "../file/topic-table.js";
import type { Answer, Failure, FileOptions, Request } from "../messages.js";
import { failureOf, foreignFailure, staleFailure } from "./failures.js";
import type { Change } from "./group-commit.js";
import type { ServedReaders } from "./served-readers.js";
import type { Trimmer } from "./trimmer.js";

/** What changes of readers work with. */
export interface ReaderContext {
  readonly options: FileOptions;
  readonly readers: ServedReaders;
  readonly trimmer: Trimmer;
  readonly openLog: () => OpenLog;
  readonly answer: (answer: Answer) => void;
}

type RequestOf<Kind extends Request["kind"]> = Extract<Request, { readonly kind: Kind }>;

/** Gives topics to a reader, all or none. */
export function assignChange(
  { number, reader, topics, journal, takeOver, reread, lineage }: RequestOf<"read">,
  wakeupPath: string | undefined,
  { options, readers, openLog, answer }: ReaderContext,
): Change {
  let owned: OwnedTopic[] = [];
  let refused: Failure | undefined;
  const change: Change = {
    appends: false,
    apply() {
      const { readerRows } = openLog();
      const foreign = takeOver ? undefined : readerRows.foreign(topics, journal);
      refused = foreign === undefined ? undefined : foreignFailure(foreign);
      owned =
        refused === undefined
          ? topics.map((topic) => readerRows.assign(topic, { journal, reread, lineage }, wakeupPath))
          : [];
    },
    committed() {
      if (refused !== undefined) return answer({ kind: "failed", number, failure: refused });
      readers.start(reader, owned);
      answer({ kind: "assigned", number, assigned: owned.map(({ assigned, from }) => ({ assigned, from })) });
    },
    failed: (error) => answer({ kind: "failed", number, failure: failureOf(error, options) }),
    split: () => [change],
  };
  return change;
}

/** Stores positions, all or none. */
export function commitChange(
  { number, reader, commits, now }: RequestOf<"commit">,
  { options, readers, trimmer, openLog, answer }: ReaderContext,
): Change {
  let refused: Failure | undefined;
  const change: Change = {
    appends: false,
    apply() {
      const log = openLog();
      refused = undefined;
      const owned: [TopicTable, (typeof commits)[number]][] = [];
      for (const commit of commits) {
        const table = readers.owned(log, reader, commit);
        if (table === undefined) {
          refused = staleFailure(commit);
          return;
        }
        owned.push([table, commit]);
      }
      for (const [table, commit] of owned) log.readerRows.commit(table, commit, now);
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
