import { Command, Option } from "commander";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { declaredBy, rawTopics } from "../../broker/index.js";
import { watchDescriptors } from "../descriptors.js";
import {
  address,
  dataOption,
  environmentOf,
  environmentOption,
  hashesOf,
  historyOf,
  historyOption,
  httpOption,
  modelOf,
  modelOption,
  runtimeConfigOption,
  SECURITY_HELP,
} from "../options.js";
import { processLogger } from "../output/logger.js";
import { startRestartingBroker } from "../restarting-broker.js";
import { processSecurity } from "../security.js";
import { startUnlessStopped, stopSignal } from "../signals.js";

interface BrokerFlags {
  readonly model?: string;
  readonly env: string;
  readonly pool: string;
  readonly listen: string;
  readonly http: string;
  readonly runtimeConfig?: string;
  readonly history: "0" | "1";
  readonly data?: string;
  readonly takeOver?: boolean;
}

export function brokerCommand(): Command {
  return new Command("broker")
    .description("read the topics of a pool and hand their activations to workers")
    .addOption(modelOption())
    .addOption(environmentOption())
    .option("--pool <NAME>", "the processing pool", "default")
    .addOption(
      new Option("--listen <HOST:PORT>", "where workers connect").default("127.0.0.1:50051").argParser(address),
    )
    .addOption(httpOption())
    .addOption(runtimeConfigOption())
    .addOption(historyOption())
    .addOption(dataOption())
    .option("--take-over", "read topics of the embedded log that another in-flight file has read")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire broker\n  taskwire broker --env saas --pool ingest --listen 127.0.0.1:50061 --data /var/lib/taskwire\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: BrokerFlags) => {
      const model = await modelOf(flags.model);
      const logger = processLogger();
      const stopped = stopSignal();
      watchDescriptors(logger);
      const environment = environmentOf(model, flags.env);
      const starting = startRestartingBroker({
        environment,
        raw: rawTopics(model, environment),
        pool: flags.pool,
        dataFolder: dataFolderFor("the broker's in-flight file", flags.data),
        listen: flags.listen,
        http: flags.http,
        runtimeConfig: flags.runtimeConfig,
        history: historyOf(flags.history),
        model: hashesOf(model),
        declared: () => declaredBy(model),
        security: processSecurity(logger),
        takeOver: flags.takeOver,
        logger,
      });
      const broker = await startUnlessStopped("broker", stopped, logger, starting);
      try {
        const signal = await Promise.race([broker.ended, stopped]);
        logger.info("broker is stopping", { signal });
      } finally {
        await broker.stop();
      }
      logger.info("broker has stopped");
      process.exit(0);
    });
}
