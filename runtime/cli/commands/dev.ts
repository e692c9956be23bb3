import { Command, Option } from "commander";
import { CONSOLE_HELP, consoleOptions } from "../console/options.js";
import { devLog } from "../dev/log.js";
import type { DevFlags } from "../dev/run.js";
import {
  address,
  dataOption,
  environmentOption,
  historyOption,
  httpOption,
  isolationOption,
  modelsOption,
  positiveInteger,
  runtimeConfigOption,
  SECURITY_HELP,
} from "../options.js";

export function devCommand(): Command {
  const command = new Command("dev")
    .description("broker, worker and scheduler in one process, for development; reloads on schema and code changes")
    .addOption(modelsOption())
    .option(
      "--handlers <MODULE>",
      "the module whose default export is defineHandlers(...) (default: package.json's taskwire block)",
    )
    .addOption(environmentOption())
    .option("--pool <NAME>", "the processing pool", "default")
    .addOption(
      new Option("--listen <HOST:PORT>", "where `taskwire status` and further workers connect")
        .default("127.0.0.1:50051")
        .argParser(address),
    )
    .addOption(httpOption())
    .addOption(runtimeConfigOption())
    .addOption(historyOption())
    .addOption(dataOption())
    .addOption(new Option("--concurrency <N>", "handlers that run at once").default(8).argParser(positiveInteger))
    .addOption(isolationOption())
    .option("--open", "open the console in the browser");
  return consoleOptions(command)
    .addHelpText("after", "\nExamples:\n  taskwire dev\n  taskwire dev --handlers dist/handlers.js --isolation none\n")
    .addHelpText("after", SECURITY_HELP)
    .addHelpText("after", CONSOLE_HELP)
    .action(async (flags: DevFlags) => {
      const log = devLog();
      log.dev.info("starting broker, handlers and scheduler");
      // Loads most of the package: the line above comes first.
      const { runDev } = await import("../dev/run.js");
      await runDev(flags, log);
    });
}
