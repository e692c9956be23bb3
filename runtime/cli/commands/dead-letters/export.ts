import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Command } from "commander";
import type { LetterExport } from "../../../operations/documents/letter.js";
import { contentOf, type ModelFlags, modelsOption } from "../../operator/content.js";
import { FILTER_HELP, filterOption, namespaceOption, taskOption } from "../../operator/filter.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { counted } from "../../operator/text.js";
import { type LetterFlags, letterStateOption, selectionOf } from "./list.js";

interface ExportFlags extends OperatorFlags, LetterFlags, ModelFlags {
  readonly output?: string;
}

export function exportCommand(command: Command): Command {
  return operatorCommand(
    command
      .command("export")
      .description("print dead letters as NDJSON, one a line, from the oldest on; sensitive values are covered")
      .argument("[filter...]", FILTER_HELP)
      .addOption(filterOption())
      .addOption(letterStateOption())
      .addOption(taskOption())
      .addOption(namespaceOption())
      .option("-o, --output <FILE>", "write to a file, which is replaced (default: standard output)")
      .addOption(modelsOption()),
    ["dead-letters export --state all -o letters.ndjson"],
  ).action((parts: readonly string[], flags: ExportFlags) =>
    asOperator(flags, async (asked) => exportLetters(await onePerPool(asked), selectionOf(parts, flags), flags)),
  );
}

async function exportLetters(operator: Operator, selection: object, flags: ExportFlags): Promise<void> {
  const file = flags.output === undefined ? undefined : createWriteStream(flags.output, { mode: 0o600 });
  if (file !== undefined) await once(file, "open");
  const out = file ?? process.stdout;
  let count = 0;
  const { answers, partial } = await operator.front.ask<LetterExport>("ExportLetters", selection);
  operator.missing(partial);
  for (const first of answers) {
    for (let page: typeof first | undefined = first; page !== undefined; ) {
      const { broker, document, activation } = page;
      let at = 0;
      for (const { bytes, ...letter } of document.letters) {
        const own = activation.subarray(at, at + bytes);
        at += bytes;
        count += 1;
        const read = bytes === 0 ? undefined : await contentOf(own, flags);
        const line = JSON.stringify({ ...letter, ...(read?.content ?? {}) });
        if (!out.write(`${read?.coverIn(line) ?? line}\n`)) await once(out, "drain");
      }
      for (const { topic, partition, from, to } of document.damaged) {
        operator.say(`${topic}/${partition}: offsets ${from} to ${to} cannot be read; the disk lost them`);
        operator.inPart();
      }
      const { cursor } = document;
      page = undefined;
      if (cursor !== undefined) {
        const next = await operator.front.ask<LetterExport>("ExportLetters", (address) =>
          address === broker ? { ...selection, cursor } : undefined,
        );
        page = next.answers[0];
      }
    }
  }
  if (file !== undefined) {
    file.end();
    await once(file, "close");
  }
  operator.say(`${counted(count, "dead letter")} exported`);
  if (count === 0) operator.nothingMatched();
}
