import type { OpenLog } from "../file/open-log.js";
import { scrubStep } from "../file/scrub.js";
import type { Answer, FileOptions, ScrubRequest, TrimRequest } from "../messages.js";
import { failureOf } from "./failures.js";
import type { Change } from "./group-commit.js";
import type { Trimmer } from "./trimmer.js";

/** What changes that delete work with. */
interface DeleteContext {
  readonly options: FileOptions;
  readonly trimmer: Trimmer;
  readonly openLog: () => OpenLog;
  readonly answer: (answer: Answer) => void;
}

/** Deletes one slice of what a topic has from before a time. */
export function trimChange({ number, topic, before, now }: TrimRequest, context: DeleteContext): Change {
  let more = false;
  return single(number, context, {
    apply() {
      more = context.openLog().readerRows.trimAged(topic, before);
    },
    committed() {
      context.trimmer.markDue(topic, now);
      return { kind: "trimmed", number, more };
    },
  });
}

/** Empties the values of records, as many as one transaction takes. */
export function scrubChange({ number, topic, offsets }: ScrubRequest, context: DeleteContext): Change {
  let passed = 0;
  let damaged: readonly number[] = [];
  return single(number, context, {
    apply() {
      const { connection, topics } = context.openLog();
      const table = topics.find(topic);
      ({ passed, damaged } =
        table === undefined ? { passed: offsets.length, damaged: [] } : scrubStep(connection, table, offsets));
    },
    committed() {
      context.trimmer.markScrubbed();
      return { kind: "scrubbed", number, passed, damaged };
    },
  });
}

/** A change of one caller. */
function single(
  number: number,
  { options, answer }: DeleteContext,
  { apply, committed }: { readonly apply: () => void; readonly committed: () => Answer },
): Change {
  const change: Change = {
    appends: false,
    apply,
    committed: () => answer(committed()),
    failed: (error) => answer({ kind: "failed", number, failure: failureOf(error, options) }),
    split: () => [change],
  };
  return change;
}
