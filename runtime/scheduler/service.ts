import { hostname } from "node:os";
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

/** How long a stop waits for appends, milliseconds. */
const STOP_MS = 10_000;

interface ServiceOptions {
  readonly model: Model;
  readonly environment: EnvironmentModel;
  /** Where embedded clusters are stored. */
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Milliseconds since the epoch; default: the wall clock; a step forward counts once the clock has followed it. */
  readonly wall?: () => number;
  /** Called for every slot that was started, with how late it was, milliseconds. */
  readonly started?: (late: number) => void;
}

/** The schedulers of an environment, one per cluster. */
export interface SchedulerService {
  readonly entries: readonly Entry[];
  status(): SchedulerStatus;
  /**
   * Resolves when the watermarks cover what is being appended, or after 10 s: a log that does not answer delays no
   * stop.
   */
  stop(): Promise<void>;
}

export interface SchedulerStatus {
  readonly entries: readonly EntryStatus[];
  /** `owned`: this process starts the slots of the cluster; otherwise another one does. */
  readonly clusters: readonly { readonly name: string; readonly owned: boolean }[];
}

/** Throws ParameterError, UnknownNameError and what opening the logs throws. */
export async function startScheduler(options: ServiceOptions): Promise<SchedulerService> {
  const { model, environment, dataFolder, logger, clock = systemClock() } = options;
  // A step forward is followed as the broker follows it, a step back at once: the watermark keeps slots from starting
  // twice.
  const wall = options.wall ?? (() => Math.min(clock.wall(), Date.now()));
  const instance = `${process.pid}@${hostname()}`;
  const entries = entriesOf(model, environment);
  const clusters = [...new Set(entries.map(({ cluster }) => cluster))];
  // Reports all missing variables at once, before the first connection.
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
      logger.warn("the log does not answer; stopping without it", {
        afterMs: STOP_MS,
        unfinished: "the next scheduler repeats unfinished appends under the same ids, and each runs once",
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
        instance,
        started: options.started,
      });
      // Registered before it starts: a start that fails half-way has opened its watermarks.
      schedulers.set(cluster, scheduler);
      await scheduler.start();
    }
  } catch (error) {
    await stop().catch((also: unknown) => {
      logger.error("the scheduler did not start, and closing failed", { error: messageOf(also) });
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

/** Somebody who reads the watermarks beside their owner. */
interface WatermarksReader {
  /** Unique. */
  readonly name: string;
  /** Called when the watermarks cannot be read; reading then ends. */
  readonly failed: (error: unknown) => void;
}

interface WatermarksOptions extends Pick<ServiceOptions, "model" | "environment" | "dataFolder" | "logger"> {
  /** The environment's schedules. */
  readonly entries: readonly Entry[];
  readonly reader?: WatermarksReader;
}

/** The watermarks of a cluster, not opened. */
export async function watermarksOf(
  cluster: ClusterModel,
  client: LogClient,
  options: WatermarksOptions,
): Promise<Watermarks> {
  const { model, environment, dataFolder, logger, entries, reader } = options;
  if (cluster.kind === "sqlite") return new SqliteWatermarks(watermarksFile(cluster.name, dataFolder));
  const group = `${model.application}.${environment.name}.scheduler${reader === undefined ? "" : `.${reader.name}`}`;
  const tasks = new Set(entries.map(({ facts }) => facts.name));
  return new LogWatermarks({ log: await client.log(cluster), group, logger, tasks, failed: reader?.failed });
}

/** Where those of an embedded cluster are stored. Throws TaskwireError `bad_cluster_name`. */
export function watermarksFile(cluster: string, dataFolder: string): string {
  return join(dataFolder, `${fileName(cluster)}.schedule.db`);
}

function fileName(cluster: string): string {
  if (/^[\w.-]+$/.test(cluster) && !cluster.startsWith(".")) return cluster;
  throw new TaskwireError(
    "bad_cluster_name",
    `cluster "${cluster}": expected a name of letters, digits, ".", "_" and "-" that does not begin with "."`,
  );
}
