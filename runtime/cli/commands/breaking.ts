import { Command, Option } from "commander";
import { codegenCommands, processIo } from "../codegen-module.js";
import { outOption, schemaOption } from "../options.js";
import { packageConfig } from "../package-config.js";

interface Flags {
  readonly against: string;
  readonly schema?: string;
  readonly out?: string;
  readonly level: "wire" | "source";
  readonly json?: boolean;
}

export function breakingCommand(): Command {
  return new Command("breaking")
    .description(
      "report what a schema change breaks (WIRE: activations in flight, SOURCE: callers and handlers) and how to roll it out safely",
    )
    .requiredOption("--against <OLD>", "a commit, branch, tag, folder (generated or schema) or taskwire.json")
    .addOption(schemaOption())
    .addOption(outOption())
    .addOption(
      new Option("--level <LEVEL>", "fail for findings of this level and above; all are shown")
        .choices(["wire", "source"])
        .default("source"),
    )
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing breaks, 1 something breaks at this level or worse,
  2 wrong usage, nothing to compare with, or problems in the schema

Examples:
  taskwire breaking --against origin/main
  taskwire breaking --against v1.4.0 --level wire
  taskwire breaking --against ../released/generated/taskwire.json --json
`,
    )
    .action(async ({ against, schema, out, level, json = false }: Flags) => {
      const commands = await codegenCommands();
      const config = packageConfig();
      process.exitCode = await commands.breakingCommand(
        { against, schema: schema ?? config.schema, out: out ?? config.out, level, json },
        processIo(),
      );
    });
}
