// Writes what pages of this folder take from the source: `node docs/reference/print.mjs` (after `npm run build`). Read the diff.
// commands.md is printed as a whole; in breaking.md, lint.md, metrics.md and reasons.md the rows of the tables are.
// With --check it writes nothing, and exits with 1 when a page is not current.
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { allRules } from "../../codegen/dist/breaking/rules/rules.js";
import { RULES } from "../../codegen/dist/lint/lint.js";
import { REASONS } from "../../runtime/dist/activation/reasons.js";
import { everyCommand } from "../../runtime/dist/cli/main.js";
import { BROKER_METRICS } from "../../runtime/dist/telemetry/broker-metrics.js";
import { SCHEDULER_METRICS } from "../../runtime/dist/telemetry/scheduler-metrics.js";
import { WORKER_METRICS } from "../../runtime/dist/telemetry/worker-metrics.js";

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

/** The page with the cells that the source has in the rows whose first cell is its code; other cells stay. */
function withRows(name, cellsByCode) {
  return readFileSync(new URL(name, import.meta.url), "utf8").replace(
    /^\| `([^`]+)` \|(.*)\|$/gm,
    (row, code, rest) => {
      const cells = cellsByCode.get(code);
      if (cells === undefined) return row;
      const others = rest
        .split(" | ")
        .slice(cells.length)
        .map((cell) => cell.trim());
      return `| ${[`\`${code}\``, ...cells, ...others].join(" | ")} |`;
    },
  );
}

const metric = ({ name, type, labels, unit, help }) => [
  name,
  [type, labels.map((label) => `\`${label}\``).join(", "), unit, help],
];
const pages = new Map([
  ["commands.md", text],
  [
    "breaking.md",
    withRows(
      "breaking.md",
      new Map(allRules().map(([code, { level, breaks, rollout }]) => [code, [level, breaks, rollout]])),
    ),
  ],
  ["lint.md", withRows("lint.md", new Map(RULES.map(({ code, meaning }) => [code, [meaning]])))],
  [
    "metrics.md",
    withRows("metrics.md", new Map([...BROKER_METRICS, ...WORKER_METRICS, ...SCHEDULER_METRICS].map(metric))),
  ],
  [
    "reasons.md",
    withRows(
      "reasons.md",
      new Map(
        Object.entries(REASONS)
          .filter(([code]) => code !== "error")
          .map(([code, meaning]) => [code, [meaning]]),
      ),
    ),
  ],
]);
for (const [name, page] of pages) {
  const file = new URL(name, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, page);
  else if (readFileSync(file, "utf8") !== page) {
    process.stderr.write(`docs/reference/${name} is not what the source says; run \`node docs/reference/print.mjs\`\n`);
    process.exitCode = 1;
  }
}
