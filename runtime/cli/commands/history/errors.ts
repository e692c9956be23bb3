import { Command } from "commander";
import { joinErrors } from "../../../front/join/errors.js";
import type { ErrorsDocument } from "../../../operations/documents/errors.js";
import {
  FILTER_HELP,
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  taskOption,
} from "../../operator/filter.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { ago } from "../../operator/text.js";

export function errorsCommand(): Command {
  return operatorCommand(
    new Command("errors")
      .description("list failed runs in groups of one kind, those that failed last first")
      .argument("[filter...]", FILTER_HELP.replace("state:delayed", "reason:error"))
      .addOption(filterOption())
      .addOption(taskOption())
      .addOption(namespaceOption()),
    ["errors", "errors --task 'issues.*' --json"],
  ).action((parts: readonly string[], flags: OperatorFlags & FilterFlags) =>
    asOperator(flags, (operator) => list(operator, filterOf(parts, flags))),
  );
}

async function list(operator: Operator, q: string): Promise<void> {
  const asked = await operator.front.ask<ErrorsDocument>("Errors", q === "" ? {} : { q });
  const [refusal] = asked.refused;
  if (refusal !== undefined) throw refusal.error;
  const { partial } = asked;
  operator.missing(partial);
  const { groups, ungrouped } = joinErrors(asked);
  if (operator.json) operator.document({ groups, ungrouped, partial: partial.map(({ broker }) => broker) });
  else if (groups.length > 0) {
    const rows = groups.map(({ fingerprint, task, error, reason, count, lastSeen, firstSeen }) => [
      task,
      error,
      fingerprint,
      reason,
      String(count),
      ago(lastSeen),
      ago(firstSeen),
    ]);
    const head = ["task", "error", "fingerprint", "reason", "count", "last", "first"];
    printTable(operator, head, rows, { names: 2, kept: 7 });
  }
  if (ungrouped > 0) operator.say(`${ungrouped} failed runs came too fast to be grouped`);
  if (groups.length > 0) return;
  if (!operator.json) operator.say("no failed run matches");
  operator.nothingMatched();
}
