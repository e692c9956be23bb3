import type { Command } from "commander";
import { shownLetter } from "../../../front/shown.js";
import type { LetterDetails } from "../../../operations/documents/letter.js";
import { contentLines, type ModelFlags, modelsOption, revealing, showingOf } from "../../operator/content.js";
import { type LogFlags, logsOf, readingLogs } from "../../operator/log-options.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { ago, facts } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";
import { PLACE } from "./list.js";

export function showCommand(command: Command): Command {
  return operatorCommand(
    revealing(
      readingLogs(command.command("show"))
        .description("show one dead letter with its parameters; sensitive values are covered")
        .argument("<place>", PLACE)
        .addOption(modelsOption()),
    ),
    ["dead-letters show events-dlq/0/17", "dead-letters show events-dlq/0/17 --reveal --reason 'ticket 4711'"],
  ).action((place: string, flags: OperatorFlags & ModelFlags & LogFlags) =>
    asOperator(
      flags,
      async (asked) => {
        const operator = await onePerPool(asked);
        const reason = flags.reason === undefined ? {} : { reason: flags.reason };
        const request = flags.reveal === true ? { place, reveal: true, ...reason } : { place };
        const { answers, partial } = await operator.front.ask<LetterDetails>("ShowLetter", request);
        operator.missing(partial);
        const showing = await showingOf(flags);
        for (const answer of answers) {
          const shown = await shownLetter(answer, showing);
          if (operator.json) operator.document(shown);
          else {
            print(operator, shown);
            for (const line of shown.content === null ? [] : contentLines(shown.content)) operator.line(oneLine(line));
          }
        }
      },
      logsOf(flags),
    ),
  );
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
