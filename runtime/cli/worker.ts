import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { dataFolder } from "../base/data-folder.js";
import { TaskwireError } from "../base/errors.js";
import { brokerSession, startWorker } from "../worker/index.js";
import { processLogger } from "./logger.js";
import {
  addresses,
  dataOption,
  environmentOption,
  isolationOption,
  positiveInteger,
  SECURITY_HELP,
} from "./options.js";
import { packageConfig } from "./package-config.js";
import { processSecurity } from "./security.js";
import { stopSignal } from "./signals.js";

interface WorkerFlags {
  readonly handlers?: string;
  readonly broker: readonly string[];
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  readonly children?: number;
  readonly env: string;
  readonly data?: string;
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("fetch activations from brokers and run their handlers")
    .option(
      "--handlers <MODULE>",
      "the module whose default export is defineHandlers(...) (default: package.json's taskwire block)",
    )
    .addOption(
      new Option("--broker <HOST:PORT[,HOST:PORT]>", "the brokers").default(["127.0.0.1:50051"]).argParser(addresses),
    )
    .addOption(
      new Option("--concurrency <N>", "handlers that run at once")
        .default(4 * availableParallelism())
        .argParser(positiveInteger),
    )
    .addOption(isolationOption())
    .addOption(new Option("--children <N>", "child processes (default: one a processor)").argParser(positiveInteger))
    .addOption(environmentOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire worker --handlers dist/handlers.js\n  taskwire worker --broker 127.0.0.1:50051,127.0.0.1:50061 --concurrency 32\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: WorkerFlags) => {
      const logger = processLogger();
      // Handlers call .delay() too: they find the same environment and data folder.
      process.env.TASKWIRE_ENV = flags.env;
      process.env.TASKWIRE_DATA = dataFolder(flags.data);
      const security = processSecurity(logger);
      const stopped = stopSignal();
      const worker = await startWorker({
        handlersModule: handlersModule(flags.handlers),
        sessions: flags.broker.map((address) => ({ name: address, port: brokerSession(address, security) })),
        concurrency: flags.concurrency,
        isolation: flags.isolation,
        ...(flags.children === undefined ? {} : { children: flags.children }),
        log: logger,
      });
      logger.info("worker is ready", {
        worker: worker.id,
        application: worker.application,
        tasks: worker.tasks.length,
        concurrency: flags.concurrency,
        isolation: flags.isolation,
        data: process.env.TASKWIRE_DATA,
      });
      const signal = await stopped;
      logger.info("worker stops", { signal });
      await worker.stop();
      logger.info("worker has stopped");
      process.exit(0);
    });
}

export function handlersModule(flag: string | undefined): string {
  const module = flag ?? packageConfig().handlers;
  if (module === undefined) {
    throw new TaskwireError(
      "no_handlers",
      'no handlers module: pass --handlers MODULE, or name it in package.json as "taskwire": { "handlers": "dist/handlers.js" }',
    );
  }
  return module;
}
