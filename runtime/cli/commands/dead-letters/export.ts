import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Command } from "commander";
import { exportLetters } from "../../../front/letters/export.js";
import { type ModelFlags, modelsOption, revealing, showingOf } from "../../operator/content.js";
import { FILTER_HELP, filterOption, namespaceOption, taskOption } from "../../operator/filter.js";
import { type LogFlags, logsOf, readingLogs } from "../../operator/log-options.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { counted } from "../../operator/text.js";
import { type LetterFlags, letterStateOption, selectionOf } from "./list.js";

interface ExportFlags extends OperatorFlags, LetterFlags, ModelFlags, LogFlags {
  readonly output?: string;
  readonly raw?: boolean;
}

export function exportCommand(command: Command): Command {
  return operatorCommand(
    revealing(
      readingLogs(command.command("export"))
        .description("print dead letters as NDJSON, one a line, from the oldest on; sensitive values are covered")
        .argument("[filter...]", FILTER_HELP)
        .addOption(filterOption())
        .addOption(letterStateOption())
        .addOption(taskOption())
        .addOption(namespaceOption())
        .option("-o, --output <FILE>", "write to a file, which is replaced (default: standard output)")
        .option(
          "--raw",
          "add the bytes of each activation, in base64; needs the right to see sensitive values, and --reason",
        )
        .addOption(modelsOption()),
    ),
    [
      "dead-letters export --state all -o letters.ndjson",
      "dlq export task:issues.cleanup --reveal --reason 'ticket 4711'",
    ],
  ).action((parts: readonly string[], flags: ExportFlags) =>
    asOperator(
      flags,
      async (asked) => printLetters(await onePerPool(asked), await selectionOf(parts, flags), flags),
      logsOf(flags),
    ),
  );
}

async function printLetters(operator: Operator, selection: object, flags: ExportFlags): Promise<void> {
  const file = flags.output === undefined ? undefined : createWriteStream(flags.output, { mode: 0o600 });
  if (file !== undefined) await once(file, "open");
  const out = file ?? process.stdout;
  let count = 0;
  const { raw = false, reason } = flags;
  const exporting = { ...(await showingOf(flags)), raw, reason };
  for await (const each of exportLetters({ front: operator.front, partial: [] }, selection, exporting)) {
    switch (each.kind) {
      case "letter":
        count += 1;
        if (!out.write(`${each.line}\n`)) await once(out, "drain");
        break;
      case "damaged": {
        const { topic, partition, from, to } = each.damaged;
        operator.say(`${topic}/${partition}: offsets ${from} to ${to} cannot be read; the disk lost them`);
        operator.inPart();
        break;
      }
      case "missing":
        operator.say(`warning: ${each.missing.message}`);
        operator.inPart();
    }
  }
  if (file !== undefined) {
    file.end();
    await once(file, "close");
  }
  operator.say(`${counted(count, "dead letter")} exported`);
  if (count === 0) operator.nothingMatched();
}
