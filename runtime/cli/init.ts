import { Command } from "commander";
import { codegenCommands, processIo } from "./codegen-module.js";

export function initCommand(): Command {
  return new Command("init")
    .description("write a new project: schema, handlers, a producer, tsconfig.json and scripts")
    .argument("[folder]", "its folder; made when it is not there", ".")
    .option("--json", "print what was written as JSON")
    .addHelpText(
      "after",
      `
No file is ever replaced: when one of the project's is there already, all of them are named and nothing is written.

Examples:
  taskwire init my-app
  npx --package=taskwire --package=@taskwire/codegen taskwire init my-app      with nothing installed

Exit codes: 0 written, 1 something is there already, 2 wrong usage
`,
    )
    .action(async (folder: string, flags: { readonly json?: boolean }) => {
      const commands = await codegenCommands();
      process.exitCode = await commands.initCommand({ folder, json: flags.json ?? false }, processIo());
    });
}
