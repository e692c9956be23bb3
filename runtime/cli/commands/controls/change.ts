import type { ControlAnswer } from "../../../operations/documents/controls.js";
import { confirm } from "../../operator/confirm.js";
import type { ChangeFlags } from "../../operator/options.js";
import { asOperator } from "../../operator/session.js";
import { oneLine } from "../../output/logger.js";
import { answerText, concernedText } from "./answer.js";

type ControlVerb = "Pause" | "Resume" | "Kill" | "Unkill";

const PAST: Readonly<Record<ControlVerb, string>> = {
  Pause: "paused",
  Resume: "resumed",
  Kill: "set",
  Unkill: "removed",
};

/** Changes a control on every broker: a dry run, a question, the change. `does` completes "this will ...". */
export function changeControl(flags: ChangeFlags, verb: ControlVerb, request: object, does: string): Promise<void> {
  return asOperator(flags, async (operator) => {
    const dryRun = flags.dryRun === true;
    if (!dryRun && flags.yes !== true) {
      const { answers } = await operator.front.ask<ControlAnswer>(verb, { ...request, dryRun: true });
      const texts = answers.flatMap(({ document }) => answerText(document, PAST[verb], true));
      for (const text of texts) operator.say(text);
      const concerned = answers.map(({ document }) => concernedText(document.concerned)).join("; ");
      await confirm(flags, `${does}; it concerns ${concerned}`, 0);
    }
    const reason = flags.reason === undefined ? {} : { reason: flags.reason };
    const asked = { ...request, ...reason, ...(dryRun ? { dryRun } : {}) };
    const { answers, partial, refused } = await operator.front.ask<ControlAnswer>(verb, asked);
    operator.missing(partial);
    for (const { broker, error } of refused) {
      operator.say(`${broker}: ${error.message}`);
      operator.inPart();
    }
    for (const { broker, document } of answers) {
      if (operator.json) operator.document({ broker, ...document });
      else {
        const several = operator.front.brokers.length > 1 ? `${broker}: ` : "";
        for (const text of answerText(document, PAST[verb], dryRun)) operator.line(oneLine(`${several}${text}`));
      }
      if (document.note !== undefined) operator.say(document.note);
    }
    if (answers.every(({ document }) => document.control === null)) operator.nothingMatched();
  });
}
