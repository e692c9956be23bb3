import { Command, Option } from "commander";
import { closeInOrder } from "../../base/closing.js";
import { dataFolderFor } from "../../base/files/data-folder.js";
import type { Logger } from "../../base/logger.js";
import { declaredBy, rawTopics } from "../../broker/index.js";
import { openBesideBroker } from "../console/beside-broker.js";
import type { OpenConsole } from "../console/open.js";
import { CONSOLE_HELP, type ConsoleFlags, consoleOptions } from "../console/options.js";
import { watchDescriptors } from "../descriptors.js";
import {
  address,
  type BrokerPlaceFlags,
  dataOption,
  environmentOf,
  environmentOption,
  hashesOf,
  historyOf,
  historyOption,
  httpOption,
  modelOf,
  modelsOf,
  modelsOption,
  runtimeConfigOption,
  SECURITY_HELP,
} from "../options.js";
import { processLogger } from "../output/logger.js";
import { type RestartingBroker, startRestartingBroker } from "../restarting-broker.js";
import { processSecurity } from "../security.js";
import { startUnlessStopped, stopSignal } from "../signals.js";

interface BrokerFlags extends BrokerPlaceFlags, ConsoleFlags {
  readonly takeOver?: boolean;
  readonly console?: boolean;
}

export function brokerCommand(): Command {
  const command = new Command("broker")
    .description("read the topics of a pool and hand their activations to workers")
    .addOption(modelsOption())
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
    .option("--console", "serve the console on the HTTP port");
  return consoleOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire broker\n  taskwire broker --env saas --pool ingest --listen 127.0.0.1:50061 --data /var/lib/taskwire\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .addHelpText("after", CONSOLE_HELP)
    .action(async (flags: BrokerFlags) => {
      const [own, ...others] = flags.model ?? [];
      const model = await modelOf(own);
      const logger = processLogger();
      const stopped = stopSignal();
      watchDescriptors(logger);
      const environment = environmentOf(model, flags.env);
      const dataFolder = dataFolderFor("the broker's in-flight file", flags.data);
      const models = [model, ...(await modelsOf(others))];
      const console =
        flags.console === true
          ? await openBesideBroker({ flags, dataFolder, models: () => models, logger })
          : undefined;
      const starting = startRestartingBroker({
        environment,
        raw: rawTopics(model, environment),
        pool: flags.pool,
        dataFolder,
        listen: flags.listen,
        http: flags.http,
        mount: console?.mount,
        runtimeConfig: flags.runtimeConfig,
        history: historyOf(flags.history),
        model: hashesOf(model),
        declared: () => declaredBy(model),
        security: processSecurity(logger),
        takeOver: flags.takeOver,
        logger,
      });
      const broker = await startUnlessStopped("broker", stopped, logger, starting);
      console?.connect(broker);
      if (console !== undefined) sayConsole(console, broker, logger);
      try {
        const signal = await Promise.race([broker.ended, stopped]);
        logger.info("broker is stopping", { signal });
      } finally {
        await closeInOrder([() => console?.close(), () => broker.stop()], logger);
      }
      logger.info("broker has stopped");
      process.exit(0);
    });
}

/** A log is read by many, so it has no token; a terminal shows the link that signs in by itself. */
function sayConsole(console: OpenConsole, { httpAddress = "" }: RestartingBroker, logger: Logger): void {
  const { tokenFile: token } = console;
  logger.info("the console is served", { url: console.url(httpAddress), ...(token === undefined ? {} : { token }) });
  if (token !== undefined && process.stderr.isTTY) process.stderr.write(`${console.link(httpAddress)}\n`);
}
