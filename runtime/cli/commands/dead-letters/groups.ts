import type { Command } from "commander";
import { sumGroups } from "../../../front/letter-groups.js";
import type { LetterGroups } from "../../../operations/documents/letter.js";
import { modelsOption } from "../../operator/content.js";
import { FILTER_HELP, filterOption, namespaceOption, olderOption, taskOption } from "../../operator/filter.js";
import { type LogFlags, logsOf, readingLogs } from "../../operator/log-options.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, onePerPool } from "../../operator/session.js";
import { ago, counted, lookedText } from "../../operator/text.js";
import { type LetterFlags, letterStateOption, selectionOf } from "./list.js";

export function groupsCommand(command: Command): Command {
  return operatorCommand(
    readingLogs(command.command("groups"))
      .description("list how dead letters failed: by fingerprint, task and reason, the largest group first")
      .argument("[filter...]", FILTER_HELP)
      .addOption(filterOption())
      .addOption(letterStateOption())
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(olderOption())
      .addOption(modelsOption()),
    ["dead-letters groups", "dlq groups 'task:issues.*' --json"],
  ).action((parts: readonly string[], flags: OperatorFlags & LetterFlags & LogFlags) =>
    asOperator(
      flags,
      async (asked) => {
        const operator = await onePerPool(asked);
        const { answers, partial, refused } = await operator.front.ask<LetterGroups>(
          "LetterGroups",
          await selectionOf(parts, flags),
        );
        const [refusal] = refused;
        if (refusal !== undefined) throw refusal.error;
        operator.missing(partial);
        const { groups, others, read, looked } = sumGroups(answers.map(({ document }) => document));
        const silent = partial.map(({ broker }) => broker);
        if (operator.json) operator.document({ groups, others, read, looked, partial: silent });
        else if (groups.length > 0) {
          const rows = groups.map(({ fingerprint, task, reason, error, count, newest }) => [
            task,
            error.split("\n", 1)[0] ?? "",
            fingerprint,
            reason,
            String(count),
            ago(newest),
          ]);
          printTable(operator, ["task", "error", "fingerprint", "reason", "count", "newest"], rows, {
            names: 2,
            kept: 6,
          });
        }
        if (read < 1) operator.say(`${Math.floor(read * 100)} % of the dead-letter topics are read so far`);
        if (looked !== null) operator.say(`only the newest ${lookedText(looked)} were looked at`);
        if (others > 0) operator.say(`${counted(others, "dead letter")} more in further groups`);
        if (groups.length > 0) return;
        if (!operator.json) operator.say("no dead letter matches");
        operator.nothingMatched();
      },
      logsOf(flags),
    ),
  );
}
