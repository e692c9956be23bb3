import { Command } from "commander";
import { brokersOption, dataOption, environmentOption, modelOption, SECURITY_HELP } from "../../options.js";
import { coloursWanted } from "../../output/colours.js";
import { oneLine } from "../../output/logger.js";
import { wrapped } from "../../output/table.js";
import { whenInterrupted } from "../../signals.js";
import { brokerChecks } from "./brokers.js";
import type { Check } from "./check.js";
import { clusterChecks } from "./clusters.js";
import { machineChecks } from "./machine.js";
import { projectOf } from "./project.js";
import { securityChecks } from "./security.js";
import { storageChecks } from "./storage.js";

/** Exit code: a line says warn or fail. */
const FINDINGS = 4;
const COLOURS = { ok: 32, warn: 33, fail: 31 } as const;
const COLUMN = 6;
/** Columns where there is no terminal to ask. */
const WIDTH = 100;

interface DoctorFlags {
  readonly broker: readonly string[];
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check this machine, the project, the clusters and the brokers: a line each, ok, warn or fail")
    .addOption(brokersOption())
    .addOption(modelOption())
    .addOption(environmentOption())
    .addOption(dataOption())
    .option("--json", "print the checks as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire doctor\n  taskwire doctor --env saas --broker 10.0.0.1:50051,10.0.0.2:50051 --json\n",
    )
    .addHelpText(
      "after",
      "\nIt changes nothing. Without --broker, a broker that does not run is no problem.\nExit codes: 0 every line is ok, 1 it could not look, 2 wrong command line, 4 some line says warn or fail\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: DoctorFlags, command: Command) => {
      whenInterrupted("stopped before every check was made");
      const named = command.getOptionValueSource("broker") !== "default";
      const checks = await examine(flags, named);
      process.stdout.write(flags.json === true ? `${JSON.stringify({ checks })}\n` : textOf(checks));
      if (checks.some(({ level }) => level !== "ok")) process.exitCode = FINDINGS;
      // A cluster that is away may be tried for longer.
      process.stdout.write("", () => process.exit());
    });
}

async function examine({ broker, model: file, env, data }: DoctorFlags, named: boolean): Promise<Check[]> {
  const { checks, model, environment } = await projectOf(file, env);
  return [
    ...(await machineChecks()),
    ...checks,
    ...storageChecks(data),
    ...securityChecks(),
    ...(model === undefined || environment === undefined ? [] : await clusterChecks(model, environment, data)),
    ...(await brokerChecks({ brokers: broker, named, model, environment, data })),
  ];
}

function textOf(checks: readonly Check[]): string {
  const width = process.stdout.columns ?? WIDTH;
  const coloured = process.stdout.isTTY === true && coloursWanted(process.env);
  const lines = checks.flatMap(({ level, text, evidence = [], hint }) =>
    [text, ...evidence, ...(hint === undefined ? [] : [`hint: ${hint}`])]
      .flatMap((line) => wrapped(oneLine(line), width - COLUMN))
      .map((line, index) => {
        const label = (index === 0 ? level : "").padEnd(COLUMN);
        return (coloured && index === 0 ? `\u001b[${COLOURS[level]}m${label}\u001b[0m` : label) + line;
      }),
  );
  const count = (level: Check["level"]) => checks.filter((each) => each.level === level).length;
  return `${[...lines, "", `${count("ok")} ok, ${count("warn")} warn, ${count("fail")} fail`].join("\n")}\n`;
}
