import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { codegenCommands, processIo } from "../codegen-module.js";

interface Flags {
  readonly json?: boolean;
  readonly existing?: boolean;
  readonly yes?: boolean;
}

export function initCommand(): Command {
  return new Command("init")
    .description("write a new project: schema, handlers, a producer, tsconfig.json and scripts")
    .argument("[folder]", "the project's folder; created if it does not exist", ".")
    .option("--existing", "add a schema, the taskwire block and scripts to an existing package")
    .option("--yes", "with --existing: write without asking")
    .option("--json", "print what was written as JSON")
    .addHelpText(
      "after",
      `
No file is ever replaced: if files of the project already exist, they are listed and nothing is written.
With --existing only package.json is edited; the changes are shown first.

Examples:
  taskwire init my-app
  npx --package=taskwire --package=@taskwire/codegen taskwire init my-app      with nothing installed
  taskwire init --existing                                                     next to your package.json
  taskwire init --existing --yes                                               in a script

Exit codes: 0 written, 1 nothing was written, 2 wrong usage
`,
    )
    .action(async (folder: string, { json = false, existing = false, yes = false }: Flags) => {
      const commands = await codegenCommands();
      const confirm = process.stdin.isTTY && process.stdout.isTTY && !json ? { confirm: ask } : {};
      process.exitCode = await commands.initCommand({ folder, json, existing, yes, ...confirm }, processIo());
    });
}

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
