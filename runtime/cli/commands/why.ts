import { Command } from "commander";
import { TaskwireError } from "../../base/errors.js";
import { nearest } from "../../base/nearest.js";
import type { Model } from "../../model/model.js";
import { diagnose } from "../../operations/diagnose/diagnose.js";
import type { Observed } from "../../operations/diagnose/finding.js";
import { summaryOf } from "../../operations/diagnose/summary.js";
import type { ProblemsDocument } from "../../operations/documents/problems.js";
import { lookAt } from "../look.js";
import { brokersOption, modelIfAny, modelOption, SECURITY_HELP } from "../options.js";
import { findingsText } from "../output/findings-text.js";
import { whenInterrupted } from "../signals.js";

/** Exit code: there is something wrong. */
const FINDINGS = 4;

interface WhyFlags {
  readonly broker: readonly string[];
  readonly model?: string;
  readonly json?: boolean;
}

export function whyCommand(): Command {
  return new Command("why")
    .description("say why work does not run, or runs late: what is wrong, the worst first, and what to do")
    .argument("[task]", "only what concerns this task: <namespace>.<task> as in the YAML, or the wire name")
    .addOption(brokersOption())
    .addOption(modelOption())
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire why\n  taskwire why issues.deliver_issue_webhook\n  taskwire why --broker 10.0.0.1:50051,10.0.0.2:50051 --json\n",
    )
    .addHelpText("after", "\nExit codes: 0 nothing is wrong, 1 no broker answered, 2 wrong command line, 4 findings\n")
    .addHelpText("after", SECURITY_HELP)
    .action(why);
}

async function why(name: string | undefined, flags: WhyFlags): Promise<void> {
  whenInterrupted("stopped before every broker answered");
  const model = await modelIfAny(flags.model);
  const { observed, silent } = await lookAt(flags.broker);
  const task = name === undefined || observed.length === 0 ? undefined : wireNameOf(name, model, observed);
  const findings = diagnose(observed, { models: model === undefined ? [] : [model], silent, task });
  const found: ProblemsDocument = { findings, summary: summaryOf(observed, task) };
  process.stdout.write(flags.json === true ? `${JSON.stringify(found)}\n` : findingsText(found, task));
  if (observed.length === 0) process.exitCode = 1;
  else if (findings.length > 0) process.exitCode = FINDINGS;
}

/** Throws TaskwireError `unknown_task` for a name that neither the model nor a broker has. */
function wireNameOf(name: string, model: Model | undefined, observed: readonly Observed[]): string {
  const byName = new Map<string, string>();
  for (const { status } of observed)
    for (const { task } of [...status.tasks, ...status.unclaimed, ...status.lastMinute]) byName.set(task, task);
  for (const namespace of model?.namespaces ?? [])
    for (const task of namespace.tasks) {
      byName.set(task.name, task.name);
      byName.set(`${namespace.name}.${task.key}`, task.name);
    }
  const found = byName.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, [...byName.keys()]);
  throw new TaskwireError(
    "unknown_task",
    `unknown task "${name}": neither in flight nor in ${model === undefined ? "a schema, which is not at hand (--model FILE)" : "the schema"}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
