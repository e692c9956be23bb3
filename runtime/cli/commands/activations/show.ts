import type { Command } from "commander";
import { shownActivation } from "../../../front/shown.js";
import type { ShowActivationAnswer } from "../../../operations/documents/activations.js";
import { contentLines, type ModelFlags, modelsOption, revealing, showingOf } from "../../operator/content.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { ago, facts, span } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";

interface ShowFlags extends OperatorFlags, ModelFlags {
  readonly chain?: boolean;
}

export function showCommand(command: Command): Command {
  return operatorCommand(
    revealing(
      command
        .command("show")
        .description("show one activation in flight with its parameters; sensitive values are covered")
        .argument("<id>", "its id, or with --chain that of any run of its chain")
        .option("--chain", "list the runs of its chain, and find the one that is in flight")
        .addOption(modelsOption()),
    ),
    ["activations show 0192ab5e7c --chain", "activations show 0192ab5e7c --reveal --reason 'ticket 4711'"],
  ).action((id: string, flags: ShowFlags) =>
    asOperator(flags, async (operator) => {
      const chain = flags.chain === true ? { chain: true } : {};
      const reason = flags.reason === undefined ? {} : { reason: flags.reason };
      const { answers, partial } = await (flags.reveal === true
        ? operator.front.ask<ShowActivationAnswer>("Reveal", { id, ...reason })
        : operator.front.ask<ShowActivationAnswer>("ShowActivation", { id, ...chain }));
      operator.missing(partial);
      const showing = await showingOf(flags);
      for (const answer of answers) {
        const shown = await shownActivation(answer, showing);
        if (operator.json) operator.document(shown);
        else {
          print(operator, shown.broker, shown);
          for (const line of contentLines(shown.content)) operator.line(oneLine(line));
        }
      }
    }),
  );
}

function print(operator: Operator, broker: string, { activation, chain, now }: ShowActivationAnswer): void {
  const at = Date.parse(now);
  const { claimUntil, due, expires, worker } = activation;
  const lines = facts([
    ["id", activation.id],
    ["task", activation.task],
    ["namespace", activation.namespace],
    ["application", activation.application],
    ["state", activation.state],
    ["received", `${activation.received}, ${ago(activation.received, at)} ago`],
    ["due", due === null ? null : `${due}, ${Date.parse(due) > at ? `in ${span(Date.parse(due) - at)}` : "due"}`],
    ["expires", expires],
    ["attempt", `${activation.attempt}${activation.attempts === null ? "" : ` of at most ${activation.attempts}`}`],
    ["lost before", activation.lostAttempts === 0 ? null : `${activation.lostAttempts} times, with its worker`],
    ["worker", worker],
    ["presumed lost", claimUntil === null ? null : `at ${claimUntil}, unless it ends before`],
    ["may run for", span(activation.deadline)],
    ["at most once", activation.atMostOnce ? "yes" : null],
    ["when it fails", activation.deadLetter ? "it becomes a dead letter" : "it is discarded"],
    ["reason", activation.reason],
    ["error", activation.error],
    ["record", `${activation.topic}/${activation.partition}/${activation.offset}, ${activation.size} bytes`],
    ["broker", broker],
  ]);
  for (const line of lines) operator.line(oneLine(line));
  if (chain === null) return;
  operator.line("chain");
  for (const { id, attempt, state } of chain)
    operator.line(
      oneLine(`  ${attempt}  ${id}  ${state ?? "not in flight"}${id === activation.id ? "  (this one)" : ""}`),
    );
}
