import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.js";
import { closeInOrder, closeTogether } from "../base/closing.js";
import { messageOf, TaskwireError } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import { within } from "../base/within.js";
import { LogClient } from "../client/client.js";
import type { ClusterModel, EnvironmentModel, Model } from "../model/model.js";
import { isKafka, resolveClusters } from "../model/variables.js";
import { type Entry, entriesOf } from "./entry.js";
import { LogWatermarks } from "./log-watermarks.js";
import { type EntryStatus, Scheduler } from "./scheduler.js";
import { SqliteWatermarks } from "./sqlite-watermarks.js";
import type { Watermarks } from "./watermarks.js";

/** How long a stop waits for what is being appended, milliseconds. */
const STOP_MS = 10_000;

export interface ServiceOptions {
  readonly model: Model;
  readonly environment: EnvironmentModel;
  /** Of embedded clusters. */
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Milliseconds since the epoch; default: the wall, as far as the clock follows its steps forward. */
  readonly wall?: () => number;
  /** Hears of every slot that was started: how late, in milliseconds. */
  readonly started?: (late: number) => void;
}

/** The schedulers of an environment, one a cluster. */
export interface SchedulerService {
  readonly entries: readonly Entry[];
  status(): SchedulerStatus;
  /** Resolves when what is being appended is marked, or after 10 s: a log that does not answer holds up no stop. */
  stop(): Promise<void>;
}

export interface SchedulerStatus {
  readonly entries: readonly EntryStatus[];
  /** `owned`: this process starts what is due there; otherwise another one does. */
  readonly clusters: readonly { readonly name: string; readonly owned: boolean }[];
}

/** Throws ParameterError, UnknownNameError and what opening the logs throws. */
export async function startScheduler(options: ServiceOptions): Promise<SchedulerService> {
  const { model, environment, dataFolder, logger, clock = systemClock() } = options;
  // A step forward is followed as the broker follows it; one back at once: no slot comes twice by it.
  const wall = options.wall ?? (() => Math.min(clock.wall(), Date.now()));
  const entries = entriesOf(model, environment);
  const clusters = [...new Set(entries.map(({ cluster }) => cluster))];
  // All that is missing at once, before the first connection.
  resolveClusters(clusters.filter(isKafka), process.env, environment.name);
  const client = new LogClient(environment, { dataFolder });
  const schedulers = new Map<ClusterModel, Scheduler>();
  // Timers of the clock do not keep a process alive, a scheduler does.
  const keepAlive = setInterval(() => {}, 2 ** 30);
  const close = async (): Promise<void> => {
    const each = [...schedulers.values()].map((scheduler) => () => scheduler.stop());
    await closeInOrder([() => closeTogether(each, logger), () => client.close()], logger);
  };
  const stop = async (): Promise<void> => {
    try {
      if (await within(clock, STOP_MS, close())) return;
      logger.warn("the log does not answer: the scheduler stops without it", {
        afterMs: STOP_MS,
        unfinished: "what was being appended is appended again under the same id by the next scheduler, and runs once",
      });
    } finally {
      clearInterval(keepAlive);
    }
  };
  try {
    for (const cluster of clusters) {
      const scheduler = new Scheduler({
        entries: entries.filter((entry) => entry.cluster === cluster),
        watermarks: await watermarksOf(cluster, client, { ...options, entries }),
        append: ({ facts }, record) =>
          client.append(facts.namespace, [record], cluster.kind === "sqlite" ? { uniqueKey: record.key ?? "" } : {}),
        clock,
        wall,
        logger,
        started: options.started,
      });
      // Before it starts: a start that fails half way has opened its watermarks.
      schedulers.set(cluster, scheduler);
      await scheduler.start();
    }
  } catch (error) {
    await stop().catch((also: unknown) => {
      logger.error("the scheduler did not start, and something could not be closed", { error: messageOf(also) });
    });
    throw error;
  }
  return {
    entries,
    status: () => ({
      entries: [...schedulers.values()].flatMap((scheduler) => scheduler.status()),
      clusters: [...schedulers].map(([{ name }, { owned }]) => ({ name, owned })),
    }),
    stop,
  };
}

/** Who only looks at what the schedulers share, beside whoever owns it. */
interface WatermarksReader {
  /** Unique. */
  readonly name: string;
  /** Hears why it cannot be read; nothing more happens then. */
  readonly failed: (error: unknown) => void;
}

interface WatermarksOptions extends Pick<ServiceOptions, "model" | "environment" | "dataFolder" | "logger"> {
  /** The environment's schedules, whose states are kept. */
  readonly entries: readonly Entry[];
  readonly reader?: WatermarksReader;
}

/** What the schedulers of a cluster share. Not opened. */
export async function watermarksOf(
  cluster: ClusterModel,
  client: LogClient,
  options: WatermarksOptions,
): Promise<Watermarks> {
  const { model, environment, dataFolder, logger, entries, reader } = options;
  if (cluster.kind === "sqlite") return new SqliteWatermarks(join(dataFolder, `${fileName(cluster.name)}.schedule.db`));
  const group = `${model.application}.${environment.name}.scheduler${reader === undefined ? "" : `.${reader.name}`}`;
  const tasks = new Set(entries.map(({ facts }) => facts.name));
  return new LogWatermarks({ log: await client.log(cluster), group, logger, tasks, failed: reader?.failed });
}

function fileName(cluster: string): string {
  if (/^[\w.-]+$/.test(cluster) && !cluster.startsWith(".")) return cluster;
  throw new TaskwireError("bad_cluster_name", `cluster "${cluster}": expected a name that can be part of a file name`);
}
