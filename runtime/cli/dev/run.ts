import { join } from "node:path";
import { closeInOrder } from "../../base/closing.js";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { declaredBy } from "../../broker/index.js";
import type { SessionPort } from "../../wire/session.js";
import { ReloadableWorker } from "../../worker/index.js";
import { openBesideBroker } from "../console/beside-broker.js";
import { openInBrowser } from "../console/browser.js";
import type { OpenConsole } from "../console/open.js";
import type { ConsoleFlags } from "../console/options.js";
import { watchDescriptors } from "../descriptors.js";
import { handlersModule } from "../handlers-module.js";
import { type BrokerPlaceFlags, historyOf, modelsOf } from "../options.js";
import { packageConfig } from "../package-config.js";
import { type RestartingBroker, startRestartingBroker } from "../restarting-broker.js";
import { processSecurity } from "../security.js";
import { startUnlessStopped, stopSignal } from "../signals.js";
import type { DevLog } from "./log.js";
import { DevModel } from "./model.js";
import { Reloading } from "./reload.js";
import { DevSchedule } from "./schedule.js";
import { watchSchema } from "./schema.js";

export interface DevFlags extends BrokerPlaceFlags, ConsoleFlags {
  readonly handlers?: string;
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  readonly open?: boolean;
}

/** Broker, worker and scheduler of `taskwire dev`, until a signal; then the process ends. */
export async function runDev(flags: DevFlags, log: DevLog): Promise<void> {
  const { isolation, concurrency } = flags;
  const [file, ...further] = flags.model ?? [];
  const model = await DevModel.load(file ?? join(packageConfig().out, "taskwire.json"), flags.env);
  const others = await modelsOf(further);
  const data = dataFolderFor("the embedded log and the in-flight file", flags.data);
  const handlers = handlersModule(flags.handlers);
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
  // The handlers load in another process while the broker starts; their session waits for it.
  const port: SessionPort = { open: async (...session) => (await starting).sessions.open(...session) };
  const loading = ReloadableWorker.start({
    handlersModule: handlers,
    sessions: [{ name: "this process", port }],
    concurrency,
    isolation,
    output: (line, stream) => log.handlers(line, stream),
    completions: "info",
    log: log.worker,
  });
  // It is awaited later. A broker that cannot start is reported first.
  loading.catch(() => {});
  const broker = await startUnlessStopped("broker", stopped, log.dev, starting);
  console.connect(broker);
  // What runs beside the broker, in the order in which it is ended.
  const beside: (() => Promise<void>)[] = [];
  const startBeside = async (): Promise<void> => {
    const schedule = new DevSchedule(model, data, log);
    beside.unshift(() => schedule.stop());
    const scheduled = schedule.follow();
    const worker = await loading;
    beside.unshift(() => worker.stop());
    await scheduled;
    const reloading = await Reloading.start({ worker, handlers, model, schedule, isolation, log });
    beside.unshift(() => reloading.close());
    const { id, tasks } = worker.current;
    log.worker.info("worker is ready", { worker: id, tasks: tasks.length, concurrency, isolation });
    sayWhere(broker, console, data, log.dev);
    if (flags.open === true) openInBrowser(console.linkOnce(broker.httpAddress ?? ""), log.dev);
    // Its first run finds what changed while nothing watched. A model named by hand is not the schema's here.
    const watching = file === undefined ? await watchSchema(log) : undefined;
    if (watching !== undefined) beside.unshift(watching);
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
  log: DevLog["dev"],
): void {
  log.info("taskwire dev is ready", {
    console: console.link(httpAddress),
    grpc: address,
    metrics: `http://${httpAddress}/metrics`,
    health: `http://${httpAddress}/readyz`,
    data,
  });
}
