import { Command, Option } from "commander";
import { codegenCommands, processIo } from "../codegen-module.js";
import { outOption, schemaOption } from "../options.js";
import { packageConfig, packageFile } from "../package-config.js";
import { stopSignal } from "../signals.js";

interface Flags {
  readonly schema?: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly importExtension?: ".js" | ".ts";
  readonly format: "text" | "json";
  readonly json?: boolean;
}

export function codegenCommand(): Command {
  return new Command("codegen")
    .description("generate producers, parameter schemas and the worker registry from the YAML schema")
    .addOption(schemaOption())
    .addOption(outOption())
    .addOption(
      new Option("--check", "write nothing; exit 1 with a diff if the generated files are outdated").conflicts("watch"),
    )
    .option("--watch", "run again after each change of the schema, package.json or tsconfig.json, until Ctrl+C")
    .addOption(
      new Option(
        "--import-extension <EXT>",
        "extension in import specifiers (default: .ts if tsconfig.json allows it, else .js)",
      ).choices([".js", ".ts"]),
    )
    .addOption(new Option("--format <FORMAT>", "how problems are printed").choices(["text", "json"]).default("text"))
    .option("--json", "print the result as JSON, one line per run")
    .addHelpText(
      "after",
      `
Examples:
  taskwire codegen                                        schema/ -> generated/, or the folders in package.json's taskwire block
  taskwire codegen --check                                in CI: exits 1 with a diff if generated files are outdated
  taskwire codegen --watch                                while you edit
  taskwire codegen --schema tasks --out src/generated
  taskwire codegen --format json                          problems for tools: [{ file, line, column, code, message, ... }]

Exit codes: 0 done, 1 problems in the schema, a difference (--check) or an unwritable folder, 2 wrong usage
`,
    )
    .action(async (flags: Flags) => {
      const commands = await codegenCommands();
      const file = packageFile();
      const request = {
        settings: () => {
          const { schema, out } = packageConfig();
          const { importExtension } = flags;
          return {
            schema: flags.schema ?? schema,
            out: flags.out ?? out,
            ...(importExtension === undefined ? {} : { importExtension }),
          };
        },
        configuration: file === undefined ? [] : [file],
        check: flags.check ?? false,
        format: flags.format,
        json: flags.json ?? false,
      };
      process.exitCode =
        flags.watch === true
          ? await commands.watchCommand(request, processIo(), stopSignal())
          : await commands.codegenCommand(request, processIo());
    });
}
