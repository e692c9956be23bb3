import { Command } from "commander";
import type { EnvironmentModel, Model } from "../../model/model.js";
import { diagnose } from "../../operations/diagnose/diagnose.js";
import { summaryOf } from "../../operations/diagnose/summary.js";
import type { ProblemsDocument } from "../../operations/documents/problems.js";
import { wireNameOf } from "../../operations/wire-name.js";
import { knownSchedules } from "../known-schedules.js";
import { lookAt } from "../look.js";
import {
  brokersOption,
  dataOption,
  environmentOf,
  environmentOption,
  modelIfAny,
  modelOption,
  SECURITY_HELP,
} from "../options.js";
import { findingsText } from "../output/findings-text.js";
import { whenInterrupted } from "../signals.js";

/** Exit code: there is something wrong. */
const FINDINGS = 4;

interface WhyFlags {
  readonly broker: readonly string[];
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly json?: boolean;
}

export function whyCommand(): Command {
  return new Command("why")
    .description("say why work does not run, or runs late: what is wrong, the worst first, and what to do")
    .argument("[task]", "only what concerns this task: <namespace>.<task> as in the YAML, or the wire name")
    .addOption(brokersOption())
    .addOption(modelOption())
    .addOption(environmentOption())
    .addOption(dataOption())
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire why\n  taskwire why issues.deliver_issue_webhook\n  taskwire why --broker 10.0.0.1:50051,10.0.0.2:50051 --json\n",
    )
    .addHelpText("after", "\nExit codes: 0 nothing is wrong, 1 no broker answered, 2 wrong command line, 4 findings\n")
    .addHelpText("after", SECURITY_HELP)
    .action((task: string | undefined, flags: WhyFlags, command: Command) =>
      why(task, flags, command.getOptionValueSource("env") !== "default"),
    );
}

/** `isNamed`: the environment is. */
async function why(name: string | undefined, flags: WhyFlags, isNamed: boolean): Promise<void> {
  whenInterrupted("stopped before every broker answered");
  const model = await modelIfAny(flags.model);
  const models = model === undefined ? [] : [model];
  const environment = environmentIfAny(model, flags.env, isNamed);
  const { observed, silent } = await lookAt(flags.broker);
  const schedules =
    model === undefined || environment === undefined
      ? undefined
      : await knownSchedules({ model, environment, data: flags.data, observed });
  const task = name === undefined || observed.length === 0 ? undefined : wireNameOf(name, models, observed);
  const findings = diagnose(observed, { models, silent, schedules, task });
  const found: ProblemsDocument = { findings, summary: summaryOf(observed, task) };
  process.stdout.write(flags.json === true ? `${JSON.stringify(found)}\n` : findingsText(found, task));
  if (observed.length === 0) process.exitCode = 1;
  else if (findings.length > 0) process.exitCode = FINDINGS;
}

/** Schedules belong to it. A model without the default environment has none of these. */
function environmentIfAny(model: Model | undefined, name: string, isNamed: boolean): EnvironmentModel | undefined {
  if (model === undefined) return undefined;
  if (!isNamed && !model.environments.some((each) => each.name === name)) return undefined;
  return environmentOf(model, name);
}
