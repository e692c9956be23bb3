import { parseArgs } from "node:util";
import { TaskwireError } from "taskwire";
import { newConsole } from "./console.js";
import { terminalProgress } from "./progress.js";
import { summaryText, tableText } from "./report.js";
import { type DemoResult, newDataFolder, runDemo } from "./run.js";

const FAILED = 1;
const WRONG_USAGE = 2;

const HELP = `npm run demo [-- --json] [--console]

Computes sampling rates for 51 organizations from a year of flights, with four kinds of tasks that send further tasks: base
rates, correction factors, a rate for each project and for each kind of event, and one webhook per organization. A broker and
a worker run as separate processes, in a new data folder.

  --json     print the summary as one JSON object
  --console  serve the console, and stay up after the run until Ctrl-C
`;

const OPTIONS = {
  json: { type: "boolean" },
  console: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;
type Flags = { readonly [Name in keyof typeof OPTIONS]?: boolean | undefined };

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 done, 1 failed, 2 wrong command line. */
async function main(args: string[]): Promise<number> {
  let flags: Flags;
  try {
    flags = parseArgs({ args, options: OPTIONS }).values;
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
    const print = (result: DemoResult) => void process.stdout.write(`${resultText(result, flags)}\n`);
    if (flags.console !== true) {
      print(await runDemo(data, terminalProgress()));
      return 0;
    }
    const show = (link: string, result?: DemoResult) => {
      if (result === undefined) process.stderr.write(`watch it in the console: ${link}\n`);
      else {
        print(result);
        process.stderr.write(`the console stays up until Ctrl-C: ${link}\n`);
      }
    };
    await runDemo(data, terminalProgress(), { console: newConsole(), show });
    return 0;
  } catch (error) {
    const known = error instanceof TaskwireError;
    const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`demo: ${text}\nthe data of this run was kept in ${data}\n`);
    return FAILED;
  }
}

function resultText({ organizations, summary }: DemoResult, { json }: Flags): string {
  if (json === true) return JSON.stringify(summary);
  return `Share of events that each organization keeps, computed from a year of flights\n\n${tableText(organizations)}\n\n${summaryText(summary)}`;
}
