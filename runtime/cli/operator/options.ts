import { type Command, InvalidArgumentError, Option } from "commander";
import { brokersOption, SECURITY_HELP } from "../options.js";

/** Options that every command of operators has. */
export interface OperatorFlags {
  readonly broker: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options of commands that change something. */
export interface ChangeFlags extends OperatorFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** Options of commands that print a list in pages. */
export interface PageFlags extends OperatorFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly all?: boolean;
}

const OPERATOR_HELP = `${SECURITY_HELP.trimEnd()}
  TASKWIRE_OPERATION_SECRETS   JSON list of the secrets of operators, or @FILE: the first signs changes

Exit codes: 0 done, 1 failed or no broker answers, 2 wrong usage, 3 nothing matched, 4 done in part
`;

/** Adds what every command of operators has. `examples`: command lines without "taskwire ". */
export function operatorCommand(command: Command, examples: readonly string[]): Command {
  return command
    .addOption(brokersOption())
    .option("--json", "print the answer as JSON")
    .option("--quiet", "print no remarks, only data and errors")
    .addHelpText(
      "after",
      `\n${examples.length === 1 ? "Example" : "Examples"}:\n${examples.map((each) => `  taskwire ${each}\n`).join("")}`,
    )
    .addHelpText("after", OPERATOR_HELP);
}

/** Adds what commands that change something have. */
export function changingCommand(command: Command, examples: readonly string[]): Command {
  return operatorCommand(command, examples)
    .option("--dry-run", "print what would be done, and change nothing")
    .option("--yes", "do not ask")
    .option("--reason <TEXT>", "why; it is written in the audit log");
}

/** Adds what commands have that change all that match a filter. */
export function bulkCommand(command: Command, examples: readonly string[]): Command {
  return changingCommand(command, examples)
    .option("--plan <ID>", "do what a dry run with --json has planned, without another one")
    .option("--detach", "do not wait for the end of the job that a filter starts");
}

/** Adds what commands have that print a list in pages. */
export function pagedCommand(command: Command, examples: readonly string[]): Command {
  return operatorCommand(command, examples)
    .addOption(new Option("--limit <N>", "lines of a page, at most 1000").default(100).argParser(pageSize))
    .option("--cursor <TEXT>", "continue where the page with this cursor ended")
    .option("--all", "print all pages; with --json one line of JSON for each entry");
}

function pageSize(value: string): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError(`Expected a whole number from 1 to 1000, got "${value}".`);
}
