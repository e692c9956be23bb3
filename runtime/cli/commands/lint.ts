import { Command } from "commander";
import { codegenCommands, processIo } from "../codegen-module.js";
import { schemaOption } from "../options.js";
import { packageConfig } from "../package-config.js";

interface Flags {
  readonly schema?: string;
  readonly strict?: boolean;
  readonly rule?: readonly string[];
  readonly json?: boolean;
}

export function lintCommand(): Command {
  return new Command("lint")
    .description("warn about schemas that are valid but probably a mistake")
    .addOption(schemaOption())
    .option("--strict", "exit 1 when there is a warning; also apply rules that are a matter of taste")
    .option("--rule <CODE...>", "also apply these rules, which otherwise need --strict, such as missing_description")
    .option("--json", "print the warnings as JSON")
    .addHelpText(
      "after",
      `
To ignore a warning, put a comment on its line or the line above: # taskwire-lint: ignore unused_type

Examples:
  taskwire lint
  taskwire lint --strict                in CI
  taskwire lint --rule missing_description
  taskwire lint --schema tasks --json

Exit codes: 0 no warnings, or warnings without --strict; 1 warnings with --strict, or problems in the schema; 2 wrong usage
`,
    )
    .action(async (flags: Flags) => {
      const commands = await codegenCommands();
      process.exitCode = await commands.lintCommand(
        {
          schema: flags.schema ?? packageConfig().schema,
          strict: flags.strict ?? false,
          rules: flags.rule ?? [],
          json: flags.json ?? false,
        },
        processIo(),
      );
    });
}
