import { Command, Option } from "commander";
import { codegenCommands, processIo } from "../codegen-module.js";
import { outOption, schemaOption } from "../options.js";
import { packageConfig } from "../package-config.js";

interface Flags {
  readonly schema?: string;
  readonly out?: string;
  readonly handlers?: string;
  readonly importExtension?: ".js" | ".ts";
  readonly check?: boolean;
  readonly json?: boolean;
}

export function scaffoldCommand(): Command {
  return new Command("scaffold")
    .description("add a typed stub for every missing handler; nothing else is changed or removed")
    .addOption(schemaOption())
    .addOption(outOption())
    .option(
      "--handlers <FILE>",
      "the module with defineHandlers(...), created if it does not exist (default: package.json's taskwire block)",
    )
    .addOption(
      new Option("--import-extension <EXT>", "extension in import specifiers (default: by tsconfig.json)").choices([
        ".js",
        ".ts",
      ]),
    )
    .option("--check", "write nothing; exit 1 if a handler is missing")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
A namespace without handlers gets a file beside the one that calls defineHandlers, and is added to that call. Handlers of
tasks that the schema does not have are listed and kept.

Examples:
  taskwire scaffold
  taskwire scaffold --check

Exit codes: 0 done, 1 problems in the schema, outdated generated files, or a missing handler (--check), 2 wrong usage
`,
    )
    .action(async (flags: Flags) => {
      const config = packageConfig();
      const handlers = flags.handlers ?? config.handlers;
      const { importExtension } = flags;
      const commands = await codegenCommands();
      process.exitCode = await commands.scaffoldCommand(
        {
          schema: flags.schema ?? config.schema,
          out: flags.out ?? config.out,
          ...(handlers === undefined ? {} : { handlers }),
          ...(importExtension === undefined ? {} : { importExtension }),
          check: flags.check ?? false,
          json: flags.json ?? false,
        },
        processIo(),
      );
    });
}
