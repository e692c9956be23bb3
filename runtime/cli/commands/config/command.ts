import { Command } from "commander";
import { brokersOption, dataOption, environmentOf, environmentOption, modelOf, modelOption } from "../../options.js";
import { oneLine } from "../../output/logger.js";
import { environmentSettings } from "./environment.js";
import { processSettings } from "./process.js";

interface PrintFlags {
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly broker: readonly string[];
  readonly json?: boolean;
}

export function configCommand(): Command {
  const command = new Command("config").description("print the settings of this process and its environment");
  command
    .command("print")
    .description("print every setting with its value and where it comes from; secrets are printed as lengths")
    .addOption(brokersOption())
    .addOption(modelOption())
    .addOption(environmentOption())
    .addOption(dataOption())
    .option("--json", "print the settings as JSON")
    .addHelpText("after", "\nExamples:\n  taskwire config print\n  taskwire config print --env saas --json\n")
    .action(print);
  return command;
}

async function print(flags: PrintFlags, command: Command): Promise<void> {
  const given = (name: string, value: string) => (command.getOptionValueSource(name) === "cli" ? value : undefined);
  const model = await modelOf(flags.model);
  const settings = [
    ...processSettings({
      ...flags,
      env: given("env", flags.env),
      broker: given("broker", flags.broker.join(",")),
    }),
    ...environmentSettings(environmentOf(model, flags.env)),
  ];
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ settings })}\n`);
    return;
  }
  const rows = [
    ["setting", "value", "from"],
    ...settings.map(({ setting, value, source }) => [setting, value, source].map(oneLine)),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    process.stdout.write(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`);
}
