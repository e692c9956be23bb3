import type { Command } from "commander";
import { activationsList, type Direction } from "../../../front/lists.js";
import type { Totals } from "../../../front/totals.js";
import type { ActivationRow } from "../../../operations/documents/activations.js";
import { type ModelFlags, modelsOption, withModel } from "../../operator/content.js";
import {
  applicationOption,
  FILTER_HELP,
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  type OrderFlags,
  olderOption,
  orderOption,
  stateOption,
  taskOption,
  topicOption,
  workerOption,
} from "../../operator/filter.js";
import { printList, totalRemarks } from "../../operator/list.js";
import { type PageFlags, pagedCommand } from "../../operator/options.js";
import { asOperator } from "../../operator/session.js";
import { ago, span } from "../../operator/text.js";

export function listCommand(command: Command): Command {
  return pagedCommand(
    command
      .command("list")
      .description("list activations in flight: processing, pending, retry, failure, delayed, parked")
      .argument("[filter...]", FILTER_HELP)
      .addOption(filterOption())
      .addOption(stateOption("processing, pending, retry, failure, delayed or parked, separated by commas"))
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(applicationOption())
      .addOption(topicOption())
      .addOption(workerOption())
      .addOption(olderOption())
      .addOption(orderOption("oldest"))
      .addOption(modelsOption()),
    ["activations list --state processing --older-than 10m", "act list 'task:issues.* args.0=5' --all --json"],
  ).action((parts: readonly string[], flags: PageFlags & FilterFlags & ModelFlags & OrderFlags) =>
    asOperator(flags, async (operator) => {
      const q = await withModel(filterOf(parts, flags), "activations", flags);
      const request = { ...(flags.order === "oldest" ? {} : { order: flags.order }), ...(q === "" ? {} : { q }) };
      await printList(operator, flags, printedFor(q, flags.order), request);
    }),
  );
}

function printedFor(q: string, order: Direction) {
  return {
    list: activationsList(q, order),
    head: ["task", "id", "state", "age", "due in", "attempt", "worker", "reason"],
    names: 1,
    cells,
    empty: q === "" ? "nothing is in flight" : "nothing in flight matches the filter",
    remarks: ({ totals }: { readonly totals: Totals }) => totalRemarks(totals, "activation"),
  };
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
