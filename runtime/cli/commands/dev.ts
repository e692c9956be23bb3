import { join } from "node:path";
import { Command, Option } from "commander";
import { closeInOrder } from "../../base/closing.js";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { declaredBy } from "../../broker/index.js";
import { ReloadableWorker } from "../../worker/index.js";
import { openBesideBroker } from "../console/beside-broker.js";
import { openInBrowser } from "../console/browser.js";
import type { OpenConsole } from "../console/open.js";
import { CONSOLE_HELP, type ConsoleFlags, consoleOptions } from "../console/options.js";
import { watchDescriptors } from "../descriptors.js";
import { devLog } from "../dev/log.js";
import { DevModel } from "../dev/model.js";
import { Reloading } from "../dev/reload.js";
import { DevSchedule } from "../dev/schedule.js";
import { watchSchema } from "../dev/schema.js";
import {
  address,
  dataOption,
  environmentOption,
  historyOf,
  historyOption,
  httpOption,
  isolationOption,
  modelsOf,
  modelsOption,
  positiveInteger,
  runtimeConfigOption,
  SECURITY_HELP,
} from "../options.js";
import { packageConfig } from "../package-config.js";
import { type RestartingBroker, startRestartingBroker } from "../restarting-broker.js";
import { processSecurity } from "../security.js";
import { startUnlessStopped, stopSignal } from "../signals.js";
import { handlersModule } from "./worker.js";

interface DevFlags extends ConsoleFlags {
  readonly model?: readonly string[];
  readonly handlers?: string;
  readonly env: string;
  readonly pool: string;
  readonly listen: string;
  readonly http: string;
  readonly runtimeConfig?: string;
  readonly history: "0" | "1";
  readonly data?: string;
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  readonly open?: boolean;
}

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
    .action(dev);
}

async function dev(flags: DevFlags): Promise<void> {
  const log = devLog();
  const [file, ...further] = flags.model ?? [];
  const model = await DevModel.load(file ?? join(packageConfig().out, "taskwire.json"), flags.env);
  const others = await modelsOf(further);
  const data = dataFolderFor("the embedded log and the in-flight file", flags.data);
  // For .delay() calls of handlers: the same environment and data folder.
  process.env.TASKWIRE_ENV = flags.env;
  process.env.TASKWIRE_DATA = data;
  const stopped = stopSignal();
  watchDescriptors(log.dev);
  const console = await openBesideBroker({
    flags,
    dataFolder: data,
    models: () => [model.current, ...others],
    logger: log.broker,
  });
  const starting = startRestartingBroker({
    environment: model.environment,
    raw: model.raw,
    pool: flags.pool,
    dataFolder: data,
    listen: flags.listen,
    http: flags.http,
    mount: console.mount,
    runtimeConfig: flags.runtimeConfig,
    history: historyOf(flags.history),
    model: model.hashes,
    declared: () => declaredBy(model.current),
    security: processSecurity(log.broker),
    logger: log.broker,
  });
  const broker = await startUnlessStopped("broker", stopped, log.dev, starting);
  console.connect(broker);
  // What runs beside the broker, in the order in which it is ended.
  const beside: (() => Promise<void>)[] = [];
  const startBeside = async (): Promise<void> => {
    const handlers = handlersModule(flags.handlers);
    const worker = await ReloadableWorker.start({
      handlersModule: handlers,
      sessions: [{ name: "this process", port: broker.sessions }],
      concurrency: flags.concurrency,
      isolation: flags.isolation,
      output: (line, stream) => log.handlers(line, stream),
      completions: "info",
      log: log.worker,
    });
    beside.unshift(() => worker.stop());
    const { isolation, concurrency } = flags;
    const schedule = new DevSchedule(model, data, log);
    beside.unshift(() => schedule.stop());
    await schedule.follow();
    const reloading = await Reloading.start({ worker, handlers, model, schedule, isolation, log });
    beside.unshift(() => reloading.close());
    // A model named by hand is not the schema's here.
    const watching = file === undefined ? await watchSchema(log) : undefined;
    if (watching !== undefined) beside.unshift(watching);
    const { id, tasks } = worker.current;
    log.worker.info("worker is ready", { worker: id, tasks: tasks.length, concurrency, isolation });
    sayWhere(broker, console, data, log.dev);
    if (flags.open === true) openInBrowser(console.linkOnce(broker.httpAddress ?? ""), log.dev);
  };
  try {
    // A stop does not wait for the start: parts that have not started never start, or end with this process.
    const failed = startBeside().then(() => broker.ended);
    const signal = await Promise.race([failed, broker.ended, stopped]);
    log.dev.info("stopping", { signal });
  } finally {
    await closeInOrder([...beside, () => console.close(), () => broker.stop()], log.dev);
  }
  process.exit(0);
}

function sayWhere(
  { address, httpAddress = "" }: RestartingBroker,
  console: OpenConsole,
  data: string,
  log: ReturnType<typeof devLog>["dev"],
): void {
  log.info("taskwire dev is ready", {
    console: console.link(httpAddress),
    grpc: address,
    metrics: `http://${httpAddress}/metrics`,
    health: `http://${httpAddress}/readyz`,
    data,
  });
}
