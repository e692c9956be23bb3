// Writes docs/reference/commands.md: `node docs/reference/print.mjs` (after `npm run build`). Read the diff.
// With --check it writes nothing, and exits with 1 when the page is not current.
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { everyCommand } from "../../runtime/dist/cli/main.js";

const PAGE = new URL("commands.md", import.meta.url);
const WIDTH = 80;

const HEAD = `# Commands

Printed by \`node docs/reference/print.mjs\` from what \`taskwire <command> --help\` says. Exit codes: 0 done, 1 the command failed,
2 the command line is wrong. \`--json\` prints data for programs. Logs go to standard error: [logging](../guide/logging.md).
`;

function section(command) {
  let help = "";
  const writeOut = (text) => {
    help += text;
  };
  command.configureOutput({ writeOut, getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  const names = command.parent === program ? [command.name()] : [command.parent.name(), command.name()];
  return `## taskwire ${names.join(" ")}\n\n\`\`\`\n${help.trim().replace(/\n{3,}/g, "\n\n")}\n\`\`\`\n`;
}

const program = new Command("taskwire");
for (const command of await everyCommand()) program.addCommand(command);
const sections = program.commands.flatMap((command) => [command, ...command.commands]).map(section);
const text = `${HEAD}\n${sections.join("\n")}`;

if (!process.argv.includes("--check")) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, "utf8") !== text) {
  process.stderr.write("docs/reference/commands.md is not what --help says; run `node docs/reference/print.mjs`\n");
  process.exitCode = 1;
}
