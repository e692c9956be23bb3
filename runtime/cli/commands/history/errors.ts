import { Command } from "commander";
import type { ErrorGroupDocument, ErrorsDocument } from "../../../operations/documents/errors.js";
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
  const { answers, partial, refused } = await operator.front.ask<ErrorsDocument>("Errors", q === "" ? {} : { q });
  const [refusal] = refused;
  if (refusal !== undefined) throw refusal.error;
  operator.missing(partial);
  const groups = merged(answers.flatMap(({ document }) => document.groups));
  const ungrouped = answers.reduce((sum, { document }) => sum + document.ungrouped, 0);
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

/** Groups of several brokers: those with one fingerprint and task are one. */
function merged(all: readonly ErrorGroupDocument[]): ErrorGroupDocument[] {
  const groups = new Map<string, ErrorGroupDocument>();
  for (const group of all) {
    const key = JSON.stringify([group.fingerprint, group.application, group.task]);
    const other = groups.get(key);
    groups.set(key, other === undefined ? group : joined(other, group));
  }
  return [...groups.values()].sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1));
}

function joined(one: ErrorGroupDocument, other: ErrorGroupDocument): ErrorGroupDocument {
  const [newer, older] = one.lastSeen < other.lastSeen ? [other, one] : [one, other];
  return {
    ...newer,
    count: one.count + other.count,
    firstSeen: one.firstSeen < other.firstSeen ? one.firstSeen : other.firstSeen,
    ids: [...new Set([...newer.ids, ...older.ids])].slice(0, newer.ids.length),
    perMinute: newer.perMinute.map((count, index) => count + (older.perMinute[index] ?? 0)),
  };
}
