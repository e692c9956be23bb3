import type { Command } from "commander";
import type { LetterDetails } from "../../../operations/documents/letter.js";
import { contentLines, contentOf, type ModelFlags, modelsOption } from "../../operator/content.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { ago, facts } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";
import { PLACE } from "./list.js";

export function showCommand(command: Command): Command {
  return operatorCommand(
    command
      .command("show")
      .description("show one dead letter with its parameters; sensitive values are covered")
      .argument("<place>", PLACE)
      .addOption(modelsOption()),
    ["dead-letters show events-dlq/0/17"],
  ).action((place: string, flags: OperatorFlags & ModelFlags) =>
    asOperator(flags, async (asked) => {
      const operator = await onePerPool(asked);
      const { answers, partial } = await operator.front.ask<LetterDetails>("ShowLetter", { place });
      operator.missing(partial);
      for (const { document, activation } of answers) {
        const read = activation.length === 0 ? undefined : await contentOf(activation, flags);
        const error = read?.coverIn(document.letter.error) ?? document.letter.error;
        const letter = { ...document.letter, error };
        const headers = coveredHeaders(document.headers, read?.coverIn);
        if (operator.json)
          operator.document({ ...document, letter, headers, ...(read === undefined ? {} : read.content) });
        else {
          print(operator, { ...document, letter, headers });
          for (const line of read === undefined ? [] : contentLines(read.content)) operator.line(oneLine(line));
        }
      }
    }),
  );
}

function coveredHeaders(
  headers: Readonly<Record<string, string>>,
  coverIn: (text: string) => string = (text) => text,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, coverIn(value)]));
}

function print(operator: Operator, { letter, headers }: LetterDetails): void {
  const { resolved } = letter;
  const lines = facts([
    ["place", letter.place],
    ["state", letter.state],
    ["task", letter.task],
    ["namespace", letter.namespace],
    ["application", letter.application],
    ["id", letter.id],
    ["root", letter.root === letter.id ? null : letter.root],
    ["reason", letter.reason],
    ["ended", letter.at === undefined ? null : `${letter.at}, ${ago(letter.at)} ago`],
    ["deleted after", letter.deletedAfter],
    ["attempts", `${letter.attempts}${letter.maxAttempts === undefined ? "" : ` of at most ${letter.maxAttempts}`}`],
    ["lost before", letter.lost === 0 ? null : `${letter.lost} times, with its worker`],
    ["at most once", letter.atMostOnce ? "yes" : null],
    ["original", letter.original],
    ["size", letter.content === "activation" ? `${letter.size} bytes` : `${letter.content}, ${letter.size} bytes`],
    ["fingerprint", letter.fingerprint],
    ["replay of", letter.replayOf],
    ["resolved", resolved === undefined ? null : `by ${resolved.by} at ${resolved.at}`],
    ["replayed as", resolved?.replay],
  ]);
  for (const line of lines) operator.line(oneLine(line));
  const error = headers["taskwire-error"] ?? letter.error;
  if (error !== "") operator.line("error");
  for (const line of error === "" ? [] : error.split("\n")) operator.line(`  ${oneLine(line)}`);
}
