import type { Command } from "commander";
import { activationsList } from "../../../front/lists.js";
import type { ActivationRow } from "../../../operations/documents/activations.js";
import { type ModelFlags, modelsOption, withModel } from "../../operator/content.js";
import {
  applicationOption,
  FILTER_HELP,
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  olderOption,
  stateOption,
  taskOption,
  topicOption,
  workerOption,
} from "../../operator/filter.js";
import { printList } from "../../operator/list.js";
import { type PageFlags, pagedCommand } from "../../operator/options.js";
import { asOperator } from "../../operator/session.js";
import { ago, counted, span } from "../../operator/text.js";

export function listCommand(command: Command): Command {
  return pagedCommand(
    command
      .command("list")
      .description("list activations in flight: processing, pending, retry, failure, delayed, parked; the oldest first")
      .argument("[filter...]", FILTER_HELP)
      .addOption(filterOption())
      .addOption(stateOption("processing, pending, retry, failure, delayed or parked, separated by commas"))
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(applicationOption())
      .addOption(topicOption())
      .addOption(workerOption())
      .addOption(olderOption())
      .addOption(modelsOption()),
    ["activations list --state processing --older-than 10m", "act list 'task:issues.* args.0=5' --all --json"],
  ).action((parts: readonly string[], flags: PageFlags & FilterFlags & ModelFlags) =>
    asOperator(flags, async (operator) => {
      const q = await withModel(filterOf(parts, flags), flags);
      const request = q === "" ? {} : { q };
      await printList(operator, flags, printedFor(q), request);
    }),
  );
}

function printedFor(q: string) {
  return {
    list: activationsList(q),
    head: ["task", "id", "state", "age", "due in", "attempt", "worker", "reason"],
    names: 1,
    cells,
    empty: q === "" ? "nothing is in flight" : "nothing in flight matches the filter",
    remarks: ({
      documents,
      rows,
    }: {
      readonly documents: readonly { readonly document: Totals }[];
      readonly rows: readonly object[];
    }) => (rows.length === 0 ? [] : remarks(documents.map(({ document }) => document))),
  };
}

interface Totals {
  readonly total: { readonly count: number; readonly exact: boolean };
  readonly looked: { readonly rows: number; readonly of: number } | null;
}

function remarks(documents: readonly Totals[]): string[] {
  const exact = documents.every(({ total }) => total.exact);
  const count = documents.reduce((sum, { total }) => sum + total.count, 0);
  const looked = documents.flatMap(({ looked: one }) => (one === null ? [] : [one]));
  const of = (key: "rows" | "of") => looked.reduce((sum, one) => sum + one[key], 0);
  return [
    `${exact ? "" : "at least "}${counted(count, "activation")} match`,
    ...(looked.length === 0 ? [] : [`looked at ${of("rows")} of ${of("of")}; the cursor continues the search`]),
  ];
}

function cells(row: ActivationRow): string[] {
  const { id, task, state, received, due, attempt, attempts, worker, reason } = row;
  const wait = due === null || state !== "delayed" ? "" : span(Date.parse(due) - Date.now());
  return [
    task,
    id,
    state,
    ago(received),
    wait,
    `${attempt}${attempts === null ? "" : `/${attempts}`}`,
    worker ?? "",
    reason ?? "",
  ];
}
