import { Command } from "commander";
import { ENDS } from "../../../front/lists.js";
import type { EndDocument, EndsDocument } from "../../../operations/documents/ends.js";
import {
  FILTER_HELP,
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  taskOption,
} from "../../operator/filter.js";
import { type Printed, printList } from "../../operator/list.js";
import { type PageFlags, pagedCommand } from "../../operator/options.js";
import { asOperator } from "../../operator/session.js";
import { ago, counted, span } from "../../operator/text.js";

const PRINTED: Printed<EndsDocument, EndDocument> = {
  list: ENDS,
  head: ["task", "id", "end", "ago", "attempt", "ran", "worker", "reason", "error"],
  names: 1,
  cells: ({ id, task, end, at, attempt, ran, held, worker, reason, error }) => [
    task,
    id,
    end,
    ago(at),
    String(attempt),
    ran === null ? (held === null ? "" : `${span(held)} held`) : span(ran),
    worker ?? "",
    reason ?? "",
    error,
  ],
  empty: "no recent end matches",
  remarks: ({ documents }) => documents.map(({ broker, document }) => remark(broker, document)),
};

export function endsCommand(): Command {
  return pagedCommand(
    new Command("ends")
      .description("list recent ends, the newest first: failed ones, and samples of completed ones")
      .argument("[filter...]", FILTER_HELP.replace("state:delayed", "end:retried"))
      .addOption(filterOption())
      .addOption(taskOption())
      .addOption(namespaceOption()),
    ["ends", "ends 'task:issues.* reason:error' --json --all"],
  ).action((parts: readonly string[], flags: PageFlags & FilterFlags) =>
    asOperator(flags, (operator) => {
      const q = filterOf(parts, flags);
      return printList(operator, flags, PRINTED, q === "" ? {} : { q });
    }),
  );
}

function remark(broker: string, { since, completed: { counted: all, kept } }: EndsDocument): string {
  return `${broker}: history since ${since}; of ${counted(all, "completed activation")} ${kept} are kept as samples`;
}
