import { Command, Option } from "commander";
import { dataFolder } from "../base/data-folder.js";
import { rawTopics } from "../broker/index.js";
import { startWorker } from "../worker/index.js";
import { startLastingBroker } from "./lasting-broker.js";
import { processLogger } from "./logger.js";
import {
  address,
  dataOption,
  environmentOf,
  environmentOption,
  hashesOf,
  httpOption,
  isolationOption,
  modelOf,
  modelOption,
  positiveInteger,
  runtimeConfigOption,
  SECURITY_HELP,
} from "./options.js";
import { processSecurity } from "./security.js";
import { stopSignal } from "./signals.js";
import { handlersModule } from "./worker.js";

interface DevFlags {
  readonly model?: string;
  readonly handlers?: string;
  readonly env: string;
  readonly pool: string;
  readonly listen: string;
  readonly http: string;
  readonly runtimeConfig?: string;
  readonly data?: string;
  readonly concurrency: number;
  readonly isolation: "process" | "none";
}

export function devCommand(): Command {
  return new Command("dev")
    .description("broker and worker in one process, for development")
    .addOption(modelOption())
    .option(
      "--handlers <MODULE>",
      "the module whose default export is defineHandlers(...) (default: package.json's taskwire block)",
    )
    .addOption(environmentOption())
    .option("--pool <NAME>", "the processing pool", "default")
    .addOption(
      new Option("--listen <HOST:PORT>", "where further workers and `taskwire status` connect")
        .default("127.0.0.1:50051")
        .argParser(address),
    )
    .addOption(httpOption())
    .addOption(runtimeConfigOption())
    .addOption(dataOption())
    .addOption(new Option("--concurrency <N>", "handlers that run at once").default(8).argParser(positiveInteger))
    .addOption(isolationOption())
    .addHelpText("after", "\nExamples:\n  taskwire dev\n  taskwire dev --handlers dist/handlers.js --isolation none\n")
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: DevFlags) => {
      const model = await modelOf(flags.model);
      const data = dataFolder(flags.data);
      process.env.TASKWIRE_ENV = flags.env;
      process.env.TASKWIRE_DATA = data;
      const stopped = stopSignal();
      const environment = environmentOf(model, flags.env);
      const brokerLogger = processLogger("broker ");
      const broker = await startLastingBroker({
        environment,
        raw: rawTopics(model, environment),
        pool: flags.pool,
        dataFolder: data,
        listen: flags.listen,
        http: flags.http,
        runtimeConfig: flags.runtimeConfig,
        model: hashesOf(model),
        security: processSecurity(brokerLogger),
        logger: brokerLogger,
      });
      const logger = processLogger("worker ");
      try {
        const worker = await startWorker({
          handlersModule: handlersModule(flags.handlers),
          sessions: [{ name: "this process", port: broker.sessions }],
          concurrency: flags.concurrency,
          isolation: flags.isolation,
          log: logger,
        });
        logger.info("worker is ready", {
          worker: worker.id,
          tasks: worker.tasks.length,
          concurrency: flags.concurrency,
          isolation: flags.isolation,
        });
        const signal = await Promise.race([broker.ended, stopped]);
        logger.info("stopping", { signal });
        await worker.stop();
      } finally {
        await broker.stop();
      }
      process.exit(0);
    });
}
