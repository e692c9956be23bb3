import { Command, Option } from "commander";
import { closeInOrder } from "../../base/closing.js";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { SchedulerObservation, startScheduler } from "../../scheduler/index.js";
import { watchDescriptors } from "../descriptors.js";
import { address, dataOption, environmentOf, environmentOption, modelOf, modelOption } from "../options.js";
import { processLogger } from "../output/logger.js";
import { startUnlessStopped, stopSignal } from "../signals.js";

interface SchedulerFlags {
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly http?: string;
}

export function schedulerCommand(): Command {
  return new Command("scheduler")
    .description("start the tasks that have a schedule; any number of schedulers can run")
    .addOption(modelOption())
    .addOption(environmentOption())
    .addOption(dataOption())
    .addOption(
      new Option(
        "--http <HOST:PORT>",
        "probes, metrics and status over HTTP: /healthz, /readyz, /metrics, /api/status (default: no port)",
      ).argParser(address),
    )
    .addHelpText("after", "\nExamples:\n  taskwire scheduler\n  taskwire scheduler --env saas\n")
    .action(async (flags: SchedulerFlags) => {
      const logger = processLogger();
      const stopped = stopSignal();
      watchDescriptors(logger);
      const model = await modelOf(flags.model);
      const environment = environmentOf(model, flags.env);
      const embedded = environment.clusters.some(({ kind }) => kind !== "kafka");
      const data = embedded ? dataFolderFor("the embedded log and the schedules' watermarks", flags.data) : "";
      const port = flags.http === undefined ? undefined : await SchedulerObservation.open(flags.http, logger);
      const started = (late: number) => port?.started(late);
      const starting = startScheduler({ model, environment, dataFolder: data, logger, started });
      starting.catch(() => port?.close());
      const service = await startUnlessStopped("scheduler", stopped, logger, starting);
      port?.watch(() => service.status());
      logger.info("scheduler is ready", {
        environment: environment.name,
        entries: service.entries.map(({ facts }) => facts.key),
        ...(embedded ? { data } : {}),
      });
      if (service.entries.length === 0) {
        logger.warn("no task has a schedule in this environment; add `schedule:` to a task and run codegen");
      }
      const signal = await stopped;
      logger.info("scheduler is stopping", { signal });
      port?.watch(undefined);
      await closeInOrder([() => service.stop(), () => port?.close()], logger);
      process.exit(0);
    });
}
