import { parseArgs } from "node:util";
import { TaskwireError } from "taskwire";
import { terminalProgress } from "./progress.js";
import { summaryText, tableText } from "./report.js";
import { newDataFolder, runDemo } from "./run.js";

const FAILED = 1;
const WRONG_USAGE = 2;

const HELP = `npm run demo [-- --json]

Computes sampling rates for 51 organizations from a year of flights, with four kinds of tasks that send further tasks: base
rates, correction factors, a rate for each project and for each kind of event, and one webhook per organization. A broker and
a worker run as separate processes, in a new data folder.

  --json  print the summary as one JSON object
`;

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 done, 1 failed, 2 wrong command line. */
async function main(args: string[]): Promise<number> {
  let flags: { readonly json?: boolean | undefined; readonly help?: boolean | undefined };
  try {
    flags = parseArgs({ args, options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return WRONG_USAGE;
  }
  if (flags.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const data = newDataFolder();
  try {
    const { organizations, summary } = await runDemo(data, terminalProgress());
    const text =
      flags.json === true
        ? JSON.stringify(summary)
        : `Share of events that each organization keeps, computed from a year of flights\n\n${tableText(organizations)}\n\n${summaryText(summary)}`;
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    const known = error instanceof TaskwireError;
    const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`demo: ${text}\nthe data of this run was kept in ${data}\n`);
    return FAILED;
  }
}
