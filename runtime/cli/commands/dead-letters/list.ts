import { type Command, Option } from "commander";
import { lettersList } from "../../../front/lists.js";
import type { LetterDocument, LetterList } from "../../../operations/documents/letter.js";
import { type ModelFlags, modelsOption, withModel } from "../../operator/content.js";
import {
  FILTER_HELP,
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  type OrderFlags,
  olderOption,
  orderOption,
  taskOption,
} from "../../operator/filter.js";
import { type Printed, printList, totalRemarks } from "../../operator/list.js";
import { type LogFlags, logsOf, readingLogs } from "../../operator/log-options.js";
import { type PageFlags, pagedCommand } from "../../operator/options.js";
import { asOperator, onePerPool } from "../../operator/session.js";
import { ago, counted, tally } from "../../operator/text.js";

/** How commands name a dead letter. */
export const PLACE = "TOPIC/PARTITION/OFFSET, as `dead-letters list` prints it";

export const letterStateOption = () =>
  new Option("--state <STATE>", "open (default), replayed, purged or all").choices([
    "open",
    "replayed",
    "purged",
    "all",
  ]);

/** The flags that select dead letters. */
export type LetterFlags = FilterFlags & Pick<ModelFlags, "model"> & { readonly state?: string };

/** The part of a request that selects dead letters. */
export async function selectionOf(
  parts: readonly string[],
  { state, model, ...flags }: LetterFlags,
): Promise<{ readonly q?: string; readonly state?: string }> {
  const q = await withModel(filterOf(parts, flags), "letters", model === undefined ? {} : { model });
  return { ...(q === "" ? {} : { q }), ...(state === undefined ? {} : { state }) };
}

const PRINTED: Omit<Printed<LetterList, LetterDocument>, "list"> = {
  head: ["task", "place", "reason", "age", "attempts", "state", "error"],
  names: 1,
  cells: ({ place, task, reason, at, attempts, state, error }) => [
    task,
    place,
    reason,
    ago(at),
    String(attempts),
    state === "open" ? "" : state,
    error.split("\n", 1)[0] ?? "",
  ],
  empty: "no dead letter matches",
  remarks: ({ documents, totals }) => [
    ...(totals.total.exact ? [] : totalRemarks(totals, "dead letter")),
    ...documents.flatMap(({ document }) => remarksOf(document)),
  ],
};

export function listCommand(command: Command): Command {
  return pagedCommand(
    readingLogs(command.command("list"))
      .description("list dead letters by when they ended; open ones unless another state is asked for")
      .argument("[filter...]", FILTER_HELP)
      .addOption(filterOption())
      .addOption(letterStateOption())
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(olderOption())
      .addOption(orderOption("newest"))
      .addOption(modelsOption()),
    ["dead-letters list", "dlq list 'task:issues.* reason:error fp:9c1f' --all --json"],
  ).action((parts: readonly string[], flags: PageFlags & LetterFlags & LogFlags & OrderFlags) =>
    asOperator(
      flags,
      async (operator) => {
        const { order } = flags;
        const request = { ...(await selectionOf(parts, flags)), ...(order === "newest" ? {} : { order }) };
        await printList(await onePerPool(operator), flags, { ...PRINTED, list: lettersList(order) }, request);
      },
      logsOf(flags),
    ),
  );
}

function remarksOf({ counts, read, unreadable, older }: LetterList): string[] {
  const beyond = older.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(read < 1
      ? [`${Math.floor(read * 100)} % of the dead-letter topics are read so far; the list is not complete`]
      : []),
    ...unreadable.map(({ topic, error }) => `topic ${topic} cannot be read: ${error}`),
    ...(beyond > 0 ? [`${counted(beyond, "older dead letter")} can be reached by export only`] : []),
    `in all: ${tally({ ...counts }) || "none"}`,
  ];
}
