import { Command, CommanderError, InvalidArgumentError } from "commander";
import { codeOf, messageOf, TaskwireError } from "../base/errors.js";
import { resourceLimitOf } from "../base/process/resource-limit.js";
import { nativeSqliteProblem } from "../base/sqlite/native.js";
import { packageVersion } from "../base/version.js";
import { OperationError } from "../operations/errors.js";
import { UnconfirmedError } from "./operator/confirm.js";

/** Exit codes: 0 done, 1 the command failed, 2 the command line is wrong, 3 nothing matched, 4 done in part. */
const FAILED = 1;
const WRONG_USAGE = 2;
const NOTHING_MATCHED = 3;

/** Loading a command opens a hundred files at once; resourceLimitOf's other hints are about child processes. */
const OPEN_FILES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE"]);

/** Exit code in a shell of a process that SIGPIPE ended. */
const PIPE_CLOSED = 141;

/** These run until they are stopped: readers of their output may come and go. */
const LASTING: ReadonlySet<string> = new Set(["broker", "worker", "dev", "scheduler", "console"]);

/** In the order of the help. Each is loaded on demand, because each needs modules that the others do not. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./commands/init.js")).initCommand(),
  codegen: async () => (await import("./commands/codegen.js")).codegenCommand(),
  scaffold: async () => (await import("./commands/scaffold.js")).scaffoldCommand(),
  lint: async () => (await import("./commands/lint.js")).lintCommand(),
  breaking: async () => (await import("./commands/breaking.js")).breakingCommand(),
  broker: async () => (await import("./commands/broker.js")).brokerCommand(),
  worker: async () => (await import("./commands/worker.js")).workerCommand(),
  dev: async () => (await import("./commands/dev.js")).devCommand(),
  scheduler: async () => (await import("./commands/scheduler.js")).schedulerCommand(),
  console: async () => (await import("./commands/console.js")).consoleCommand(),
  schedule: async () => (await import("./commands/schedule.js")).scheduleCommand(),
  send: async () => (await import("./commands/send.js")).sendCommand(),
  status: async () => (await import("./commands/status.js")).statusCommand(),
  doctor: async () => (await import("./commands/doctor/command.js")).doctorCommand(),
  config: async () => (await import("./commands/config/command.js")).configCommand(),
  why: async () => (await import("./commands/why.js")).whyCommand(),
  activations: async () => (await import("./commands/activations/command.js")).activationsCommand(),
  "dead-letters": async () => (await import("./commands/dead-letters/command.js")).deadLettersCommand(),
  ends: async () => (await import("./commands/history/ends.js")).endsCommand(),
  errors: async () => (await import("./commands/history/errors.js")).errorsCommand(),
  pause: async () => (await import("./commands/controls/pause.js")).pauseCommand(),
  resume: async () => (await import("./commands/controls/pause.js")).resumeCommand(),
  kill: async () => (await import("./commands/controls/kill.js")).killCommand(),
  controls: async () => (await import("./commands/controls/kill.js")).controlsCommand(),
  workers: async () => (await import("./commands/controls/workers.js")).workersCommand(),
  tasks: async () => (await import("./commands/operations/tasks.js")).tasksCommand(),
  top: async () => (await import("./commands/operations/top.js")).topCommand(),
  jobs: async () => (await import("./commands/operations/jobs.js")).jobsCommand(),
  audit: async () => (await import("./commands/operations/audit.js")).auditCommand(),
  topics: async () => (await import("./commands/topics.js")).topicsCommand(),
};

/** Short forms of names. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["act", "activations"],
  ["dlq", "dead-letters"],
]);

/** The `taskwire` command. */
export async function run(argv: readonly string[]): Promise<void> {
  // An empty value counts as unset, as for producers.
  if (process.env.TASKWIRE_ENV === "") delete process.env.TASKWIRE_ENV;
  survivePipes(LASTING.has(argv[2] ?? "") && !argv.some((each) => each === "--help" || each === "-h"));
  const program = new Command("taskwire")
    .description("Typed background tasks: declared in YAML, run from an embedded log or Kafka")
    .version(packageVersion())
    .showHelpAfterError("(run with --help for the options)")
    .exitOverride()
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 the command failed, 2 the command line is wrong; of commands for operators also\n3 nothing matched, 4 done in part\n",
    );
  try {
    for (const command of await asked(ALIASES.get(argv[2] ?? "") ?? argv[2])) {
      for (const each of [command, ...command.commands]) {
        each.exitOverride().showHelpAfterError("(run with --help for the options)").hook("preAction", refuseEmpty);
      }
      program.addCommand(command);
    }
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed all but those that an action throws.
      if (error instanceof InvalidArgumentError) process.stderr.write(`error: ${error.message}\n`);
      process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
      return;
    }
    const native = nativeSqliteProblem(error);
    const limit = OPEN_FILES.has(codeOf(error)) ? resourceLimitOf(error) : undefined;
    process.stderr.write(`taskwire: ${native ?? messageOf(error)}${limit === undefined ? "" : ` (${limit})`}\n`);
    if (native === undefined && limit === undefined && !(error instanceof TaskwireError) && error instanceof Error)
      process.stderr.write(`${error.stack ?? ""}\n`);
    // What the command had open may keep the process alive.
    process.exit(exitCodeOf(error));
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UnconfirmedError) return WRONG_USAGE;
  if (!(error instanceof OperationError)) return FAILED;
  if (error.kind === "bad_request") return WRONG_USAGE;
  return error.kind === "not_found" ? NOTHING_MATCHED : FAILED;
}

/** `--out "$FOLDER"` without the variable: an empty path would be the working directory, which nobody meant. */
function refuseEmpty(_: Command, command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    // A repeatable option has a list.
    const values: readonly unknown[] = [command.getOptionValue(name)].flat();
    if (command.getOptionValueSource(name) === "cli" && values.includes(""))
      command.error(
        `error: option '${option.flags}' expects a value, got an empty string; omit the option, or check the variable it comes from`,
      );
  }
  const empty = command.args.indexOf("");
  const argument = command.registeredArguments[Math.min(empty, command.registeredArguments.length - 1)];
  if (empty >= 0)
    command.error(
      `error: argument '${argument?.name() ?? ""}' expects a value, got an empty string; check the variable it comes from`,
    );
}

/**
 * A closed log, or one on a full disk, does not end a long-running command. Any other command ends when its reader closes
 * the pipe, as `head` does, and fails when its output cannot be written.
 */
function survivePipes(lasting: boolean): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    if (lasting) return;
    if (codeOf(error) === "EPIPE") process.exit(PIPE_CLOSED);
    process.stderr.write(`taskwire: standard output cannot be written: ${messageOf(error)}\n`);
    process.exit(FAILED);
  });
}

/** Every command, in the order of the help. */
export function everyCommand(): Promise<readonly Command[]> {
  return asked();
}

/** The command of that name; for any other text all of them, for the help and for suggestions. */
function asked(name = ""): Promise<readonly Command[]> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const none = name === "--version" || name === "-V";
  return Promise.all((load !== undefined ? [load] : none ? [] : Object.values(COMMANDS)).map((each) => each()));
}
