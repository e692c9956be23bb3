import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { systemClock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import { dataPath } from "../../base/files/data-folder.js";
import type { Logger } from "../../base/logger.js";
import type { Security } from "../../wire/security/security.js";
import { anyBroker, type BrokerSessions, listenForPushes, startWorker } from "../../worker/index.js";
import { watchDescriptors } from "../descriptors.js";
import { handlersModule } from "../handlers-module.js";
import {
  address,
  addresses,
  dataOption,
  duration,
  environmentOption,
  isolationOption,
  positiveInteger,
  SECURITY_HELP,
  size,
  wholeNumber,
} from "../options.js";
import { logs, processLogger } from "../output/logger.js";
import { processSecurity } from "../security.js";
import { startUnlessStopped, stopSignal } from "../signals.js";

interface WorkerFlags {
  readonly handlers?: string;
  readonly broker: readonly string[];
  readonly pushListen?: string;
  readonly namespace?: string;
  readonly locks?: string;
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  readonly children?: number;
  readonly maxTasksPerChild?: number;
  readonly maxChildMemory?: number;
  readonly drainGrace?: number;
  readonly http?: string;
  readonly healthFile?: string;
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
      new Option(
        "--push-listen <HOST:PORT>",
        "listen here for pushed work instead of fetching it; report to the single --broker",
      ).argParser(address),
    )
    .option("--namespace <NAME>", "fetch only this namespace from brokers without sessions (default: all)")
    .option(
      "--locks <FILE>",
      "the at-most-once lock for brokers without sessions (default: locks.db in the data folder)",
    )
    .addOption(
      new Option("--concurrency <N>", "handlers that run at once")
        .default(4 * availableParallelism())
        .argParser(positiveInteger),
    )
    .addOption(isolationOption())
    .addOption(new Option("--children <N>", "child processes (default: one per processor)").argParser(positiveInteger))
    .addOption(
      new Option(
        "--max-tasks-per-child <N>",
        "replace a child process after this many runs, 0: never (default: 1000000)",
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--max-child-memory <SIZE>",
        "replace a child process at this resident memory, and limit its heap to it: 512MiB, 2GiB (default: none)",
      ).argParser(size),
    )
    .addOption(
      new Option(
        "--drain-grace <DURATION>",
        "how long running handlers may finish after SIGTERM before they are stopped and redelivered (default: 30s)",
      ).argParser(duration),
    )
    .option(
      "--http <HOST:PORT>",
      "health and metrics over HTTP: /healthz, /readyz, /metrics (default: no port)",
      address,
    )
    .option("--health-file <PATH>", "a file that is touched every 5 s while the worker can receive and run work")
    .addOption(environmentOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire worker --handlers dist/handlers.js\n  taskwire worker --broker 127.0.0.1:50051,127.0.0.1:50061 --concurrency 32\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: WorkerFlags) => {
      const logger = processLogger();
      // For .delay() calls of handlers: the same environment and data folder. Whoever stores something creates it.
      process.env.TASKWIRE_ENV = flags.env;
      const data = dataPath(flags.data);
      if (data !== undefined) process.env.TASKWIRE_DATA = data;
      const security = processSecurity(logger);
      const stopped = stopSignal();
      watchDescriptors(logger);
      const starting = startWorker({
        handlersModule: handlersModule(flags.handlers),
        sessions: await sessionsOf(flags, security, logger),
        concurrency: flags.concurrency,
        isolation: flags.isolation,
        ...(flags.locks === undefined ? {} : { locks: resolve(flags.locks) }),
        ...(flags.children === undefined ? {} : { children: flags.children }),
        ...(flags.maxTasksPerChild === undefined ? {} : { maxTasksPerChild: flags.maxTasksPerChild }),
        ...(flags.maxChildMemory === undefined ? {} : { maxChildMemory: flags.maxChildMemory }),
        ...(flags.drainGrace === undefined ? {} : { drainGrace: flags.drainGrace }),
        http: flags.http,
        healthFile: flags.healthFile,
        ...(logs("debug") ? { completions: "debug" } : {}),
        log: logger,
      });
      const worker = await startUnlessStopped("worker", stopped, logger, starting);
      logger.info("worker is ready", {
        worker: worker.id,
        application: worker.application,
        tasks: worker.tasks.length,
        concurrency: flags.concurrency,
        isolation: flags.isolation,
        http: worker.httpAddress,
        data,
      });
      const signal = await stopped;
      logger.info("worker is stopping", { signal });
      await worker.stop();
      logger.info("worker has stopped");
      process.exit(0);
    });
}

async function sessionsOf(
  { broker, pushListen, namespace }: WorkerFlags,
  security: Security,
  log: Logger,
): Promise<BrokerSessions[]> {
  if (pushListen === undefined) {
    return broker.map((name) => ({ name, port: anyBroker(name, security, { namespace }) }));
  }
  const [only, ...others] = broker;
  if (only === undefined || others.length > 0) {
    throw new TaskwireError(
      "push_brokers",
      `--push-listen reports to a single broker: expected one address in --broker, got ${broker.join(",")}`,
    );
  }
  const port = await listenForPushes({ listen: pushListen, broker: only, security, clock: systemClock(), log });
  log.info("listening for pushes", { address: port.address, broker: only });
  return [{ name: `pushes on ${port.address}`, port }];
}
