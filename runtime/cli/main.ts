import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { codeOf, messageOf, TaskwireError } from "../base/errors.js";
import { breakingCommand } from "./breaking.js";
import { brokerCommand } from "./broker.js";
import { codegenCommand } from "./codegen.js";
import { devCommand } from "./dev.js";
import { initCommand } from "./init.js";
import { lintCommand } from "./lint.js";
import { scaffoldCommand } from "./scaffold.js";
import { scheduleCommand } from "./schedule.js";
import { schedulerCommand } from "./scheduler.js";
import { sendCommand } from "./send.js";
import { statusCommand } from "./status.js";
import { topicsCommand } from "./topics.js";
import { workerCommand } from "./worker.js";

/** Exit codes: 0 done, 1 the command failed, 2 the command line is wrong. */
const FAILED = 1;
const WRONG_USAGE = 2;

/** As a shell has it of a process that SIGPIPE ended. */
const PIPE_CLOSED = 141;

/** The `taskwire` command. */
export async function run(argv: readonly string[]): Promise<void> {
  // Whoever read the output, such as `head`, has had enough.
  process.stdout.on("error", (error) => {
    if (codeOf(error) === "EPIPE") process.exit(PIPE_CLOSED);
    throw error;
  });
  const program = new Command("taskwire")
    .description("Typed background tasks: declared in YAML, run from an embedded log or Kafka")
    .version(version())
    .showHelpAfterError("(run with --help for the options)")
    .exitOverride()
    .addHelpText("after", "\nExit codes: 0 done, 1 the command failed, 2 the command line is wrong\n");
  for (const command of [
    initCommand(),
    codegenCommand(),
    scaffoldCommand(),
    lintCommand(),
    breakingCommand(),
    brokerCommand(),
    workerCommand(),
    devCommand(),
    schedulerCommand(),
    scheduleCommand(),
    sendCommand(),
    statusCommand(),
    topicsCommand(),
  ]) {
    for (const each of [command, ...command.commands]) {
      each.exitOverride().showHelpAfterError("(run with --help for the options)");
    }
    program.addCommand(command);
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
      return;
    }
    process.stderr.write(`taskwire: ${messageOf(error)}\n`);
    if (!(error instanceof TaskwireError) && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    // What the command had open may keep the process alive.
    process.exit(FAILED);
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
