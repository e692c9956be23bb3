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
function withRows(page, cellsByCode) {
  return page.replace(/^\| `([^`]+)` \|(.*)\|$/gm, (row, code, rest) => {
    const cells = cellsByCode.get(code);
    if (cells === undefined) return row;
    const others = rest
      .split(" | ")
      .slice(cells.length)
      .map((cell) => cell.trim());
    return `| ${[`\`${code}\``, ...cells, ...others].join(" | ")} |`;
  });
}

const metric = ({ name, type, labels, unit, help }) => [
  name,
  [type, labels.map((label) => `\`${label}\``).join(", "), unit, help],
];
/** Code to cells, of each page with tables. */
const rows = {
  "breaking.md": allRules().map(([code, { level, breaks, rollout }]) => [code, [level, breaks, rollout]]),
  "lint.md": RULES.map(({ code, meaning }) => [code, [meaning]]),
  "metrics.md": [...BROKER_METRICS, ...WORKER_METRICS, ...SCHEDULER_METRICS].map(metric),
  // The page says more of the reason "error".
  "reasons.md": Object.entries(REASONS).flatMap(([code, meaning]) => (code === "error" ? [] : [[code, [meaning]]])),
};
for (const name of ["commands.md", ...Object.keys(rows)]) {
  const file = new URL(name, import.meta.url);
  const before = readFileSync(file, "utf8");
  const page = name in rows ? withRows(before, new Map(rows[name])) : text;
  if (!process.argv.includes("--check")) writeFileSync(file, page);
  else if (before !== page) {
    process.stderr.write(`docs/reference/${name} is not what the source says; run \`node docs/reference/print.mjs\`\n`);
    process.exitCode = 1;
  }
}
