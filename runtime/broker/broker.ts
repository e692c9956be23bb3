import { join } from "node:path";
import { type Clock, type ClockNote, systemClock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import { failpoint } from "../base/failpoint.js";
import type { Logger } from "../base/logger.js";
import { openLog } from "../log/open.js";
import type { Log } from "../log/port.js";
import { clusterOf, named, poolOf } from "../model/environment.js";
import type { ClusterModel, EnvironmentModel, PoolModel, TopicModel } from "../model/model.js";
import type { Security } from "../wire/security.js";
import type { SessionPort } from "../wire/session.js";
import { Engine } from "./engine.js";
import { Fetches } from "./fetches.js";
import { DEFAULT_LIMITS, type Limits } from "./inflight/events.js";
import { Intake } from "./intake.js";
import { Journal, type JournalError } from "./journal/journal.js";
import { Counting, Observation } from "./observe.js";
import { Publisher } from "./publisher.js";
import { Push } from "./push/push.js";
import { checkRawTopics, type RawTopics } from "./raw.js";
import { RuntimeConfigFile } from "./runtime-config/file.js";
import { obey } from "./runtime-config/obey.js";
import { consumerService } from "./services/consumer-service.js";
import { healthService } from "./services/health-service.js";
import { operationsService } from "./services/operations-service.js";
import { type ListeningServer, serve } from "./services/server.js";
import { sessionsService } from "./services/sessions-service.js";
import { Sessions } from "./sessions.js";
import type { ModelHashes, Status } from "./status.js";

/** So long a start waits for the first partition of a cluster. */
const ASSIGN_MS = 5000;
/** An empty GetTask is held for so long, unless the pool says otherwise. */
const GET_TASK_HOLD_MS = 1000;

export interface BrokerOptions {
  readonly environment: EnvironmentModel;
  readonly pool: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** HOST:PORT of the gRPC services; port 0 takes a free one; undefined: in-process sessions only. */
  readonly listen?: string | undefined;
  /** HOST:PORT of health, metrics and status over HTTP; port 0 takes a free one; undefined: none, and nothing is counted. */
  readonly http?: string | undefined;
  /** The runtime configuration file: what is dropped and demoted. */
  readonly runtimeConfig?: string | undefined;
  /** What the model says of tasks, to name workers that were built from another one. */
  readonly model?: ModelHashes | undefined;
  /** Of the gRPC services. Default: in the clear and unsigned. */
  readonly security?: Security | undefined;
  readonly takeOver?: boolean | undefined;
  /** Tasks of the environment's raw topics; needed when the pool reads one. */
  readonly raw?: RawTopics;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** For tests; the pool's own limits win over the defaults, these over both. */
  readonly limits?: Partial<Limits>;
  /** Where the logs come from; default: the clusters of the environment. */
  readonly openLog?: typeof openLog;
}

export interface Broker {
  /** HOST:PORT; undefined without `listen`. */
  readonly address: string | undefined;
  /** HOST:PORT; undefined without `http`. */
  readonly httpAddress: string | undefined;
  /** In-process sessions. */
  readonly sessions: SessionPort;
  status(): Promise<Status>;
  /** Settles with an error when the broker cannot go on, without one after stop(). */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

interface PoolTopic {
  readonly log: Log;
  readonly topic: TopicModel;
}

/** Starts the broker of one pool. Rejects when its file, its logs or its port cannot be had; then nothing is left open. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { environment, dataFolder, logger, security = {} } = options;
  const wall = systemClock((note) => noteOfClock(logger, note));
  const clock = options.clock ?? wall;
  const pool = poolOf(environment, options.pool);
  let fail: (error: unknown) => void = () => {};
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  // Whoever waits for it gets the error; nobody has to.
  ended.catch(() => {});
  const closers: (() => Promise<void> | void)[] = [];
  let stuck: string | undefined;
  let signalStuck: () => void = () => {};
  const whenStuck = () =>
    new Promise<void>((resolve) => {
      signalStuck = resolve;
      if (stuck !== undefined) resolve();
    });
  try {
    const counting = await Counting.open(clock, options.http !== undefined);
    const { meter } = counting;
    const runtimeConfig =
      options.runtimeConfig === undefined
        ? undefined
        : await RuntimeConfigFile.open({ file: options.runtimeConfig, environment, pool, clock, logger, meter });
    let observed: Observation | undefined;
    const file = join(dataFolder, `${pool.name}.inflight.db`);
    const journal = await Journal.open(file, {
      failed: (error: JournalError) => fail(error),
      stuck: (message) => {
        stuck = message;
        signalStuck();
        logger.error("the in-flight file takes no commits; outcomes wait and reading is held back", {
          file,
          error: message,
        });
        engine.stuck(true);
        for (const topic of topics.keys()) pause(topic);
        observed?.health.look();
      },
      unstuck: () => {
        stuck = undefined;
        logger.info("the in-flight file takes commits again", { file });
        engine.stuck(false);
        for (const topic of topics.keys()) resume(topic);
      },
    });
    closers.push(() => journal.close());
    const { quarantine } = journal;
    if (quarantine !== undefined) logger.error("the in-flight file was damaged and is rebuilt", { ...quarantine });
    const logOf = logsOf(dataFolder, options.openLog ?? openLog, closers);
    const topics = await openTopics(environment, pool, logOf);
    const raw: RawTopics = options.raw ?? new Map();
    checkRawTopics(topics, raw);

    const intakes: Intake[] = [];
    const pause = (topic: string) => {
      for (const intake of intakes) intake.pause(topic);
    };
    const resume = (topic: string) => {
      if (stuck !== undefined || engine.inflight.view.core.topic(topic).paused.size > 0) return;
      for (const intake of intakes) intake.resume(topic);
    };
    const publisher = new Publisher(topics, clock, logger, {
      published: (rows) => engine.apply({ kind: "published", rows }),
      failed: (topic) => counting.publishFailed(topic),
      refused: (row, error) => engine.apply({ kind: "unpublishable", row, error }),
    });
    const engine: Engine = new Engine({ ...limitsOf(pool), ...options.limits }, journal, clock, logger, {
      deliver: (session, deliveries) => {
        counting.handedOut(engine, deliveries);
        sessions.deliver(session, deliveries);
      },
      applied: () => sessions.applied(),
      handOut: (fetch, delivery) => {
        if (delivery !== undefined) counting.handedOut(engine, [delivery]);
        fetches.handOut(fetch, delivery);
      },
      publish: (as, row) => publisher.publish(as, row),
      pause,
      resume,
      written: (changes, milliseconds) => counting.written(changes, milliseconds),
      positions: (partitions, lowest) => {
        for (const intake of intakes) {
          intake
            .commit(partitions, lowest)
            .catch((error: unknown) => logger.warn("cannot commit positions to the log", { error: messageOf(error) }));
        }
      },
    });
    const sessions = new Sessions(
      { inflight: engine.inflight, apply: (event) => engine.apply(event), durable: () => engine.durable() },
      clock,
    );
    const fetches = new Fetches(
      { apply: (event) => engine.apply(event), durable: (urgent) => engine.durable(urgent) },
      clock,
    );
    engine.recover();
    const recovered = engine.inflight.view.core.tallies.total();

    if (runtimeConfig !== undefined) {
      closers.push(() => runtimeConfig.close());
      await obey(runtimeConfig, clock, logger, {
        policy: (policy) => engine.apply({ kind: "policy", policy }),
        logOf: (cluster) => logOf(named("cluster", environment.clusters, cluster)),
        demoteTo: (destination) => publisher.demoteTo(destination),
      });
    }
    const clusters: { readonly name: string; assigned: boolean }[] = [];
    const names = { pool: pool.name, environment: environment.name, data: dataFolder };
    const observation = new Observation(
      {
        names,
        engine,
        journal: { file, stuck: () => stuck },
        clusters: () => clusters,
        publishing: () => publisher.problems,
        end: (topic, partition) =>
          intakes.map((intake) => intake.end(topic, partition)).find((end) => end !== undefined),
        runtimeConfig,
        model: options.model,
        clockSkew: () => wall.skew(),
      },
      clock,
      logger,
      counting,
    );
    observed = observation;
    closers.push(() => observation.close());
    if (options.http !== undefined) await observation.serve(options.http, logger);

    for (const [log, pooled] of byLog(topics)) {
      const cluster = { name: pooled[0]?.cluster ?? "", assigned: false };
      clusters.push(cluster);
      const topicNames = pooled.map(({ name }) => name);
      const reader = log.read(topicNames, {
        group: pool.group,
        journal: journal.uuid,
        takeOver: options.takeOver === true || quarantine?.uuidKept === false,
        reread: journal.recovered.rebuilt.length > 0,
      });
      const intake = new Intake(
        reader,
        (event) => {
          counting.event(event);
          engine.apply(event);
        },
        () => engine.durable(true),
        { topics: raw, clock },
        ({ topic, partition, from, to, error }) =>
          logger.error("the log lost records that were acknowledged: each ends as a dead letter without bytes", {
            topic,
            partition,
            offsets: `${from}..${to - 1}`,
            count: to - from,
            error,
          }),
      );
      intakes.push(intake);
      closers.push(() => intake.close());
      intake.run().catch(fail);
      void intake.ready.then(() => {
        cluster.assigned = true;
      });
      // A log that refuses this reader ends the start; one that takes long to assign does not hold it up.
      await Promise.race([intake.ready, ended, new Promise<void>((resolve) => clock.after(ASSIGN_MS, resolve))]);
    }
    let server: ListeningServer | undefined;
    if (options.listen !== undefined) {
      const { secrets } = security;
      if (secrets !== undefined) closers.push(secrets.onChange(() => sessions.revoke((secret) => secrets.has(secret))));
      const pushed = new Set(pool.push?.map(({ application }) => application));
      server = await serve({
        address: options.listen,
        endpoints: [
          ...consumerService({ fetches, pushed, hold: pool.getTaskHold ?? GET_TASK_HOLD_MS, logger }),
          ...sessionsService(sessions, clock, logger),
          ...operationsService(() => observation.status()),
          ...healthService(observation.health),
        ],
        security,
        clock,
        logger,
      });
    }
    const push = new Push(pool.push ?? [], fetches, clock, logger, security);
    observation.phase("running");
    logger.info("broker is ready", {
      pool: pool.name,
      environment: environment.name,
      topics: [...topics.keys()],
      data: dataFolder,
      file,
      address: server?.address,
      http: observation.httpAddress,
      recovered,
    });

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      observation.phase("stopping");
      await push.stop();
      publisher.close();
      failpoint("broker.drain");
      await Promise.all(intakes.map((intake) => intake.close()));
      // Who reports from now on must hear nothing: the machine takes nothing any more.
      fetches.close();
      sessions.close();
      // After a failure nothing more gets to disk; what was not acknowledged comes again.
      // A disk that takes nothing does not hold the end up either.
      await Promise.race([engine.stop(), ended.catch(() => {}), whenStuck()]);
      await server?.close();
      await closeAll(closers);
      finish();
    };
    return {
      address: server?.address,
      httpAddress: observation.httpAddress,
      sessions,
      status: () => observation.status(),
      ended,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** Opens the log of a cluster when it is first asked for. */
function logsOf(
  dataFolder: string,
  open: typeof openLog,
  closers: (() => Promise<void> | void)[],
): (cluster: ClusterModel) => Promise<Log> {
  const logs = new Map<string, Log>();
  return async (cluster) => {
    const known = logs.get(cluster.name);
    if (known !== undefined) return known;
    const log = await open(cluster, dataFolder);
    logs.set(cluster.name, log);
    closers.push(() => log.close());
    return log;
  };
}

async function openTopics(
  environment: EnvironmentModel,
  pool: PoolModel,
  logOf: (cluster: ClusterModel) => Promise<Log>,
): Promise<Map<string, PoolTopic>> {
  const topics = new Map<string, PoolTopic>();
  for (const name of pool.topics) {
    const topic = named("topic", environment.topics, name);
    const log = await logOf(clusterOf(environment, topic));
    topics.set(name, { log, topic });
    // A retry topic of its own that nobody declared is read by the topic's pool.
    if (topic.retry !== name && !environment.topics.some((declared) => declared.name === topic.retry)) {
      const { raw: _, ...retry } = topic;
      topics.set(topic.retry, { log, topic: { ...retry, name: topic.retry } });
    }
  }
  return topics;
}

function byLog(topics: ReadonlyMap<string, PoolTopic>): Map<Log, TopicModel[]> {
  const byLog = new Map<Log, TopicModel[]>();
  for (const { log, topic } of topics.values()) byLog.set(log, [...(byLog.get(log) ?? []), topic]);
  return byLog;
}

function limitsOf(pool: PoolModel): Limits {
  const { maxPendingCount, maxProcessingCount, maxProcessingAttempts, maxProcessingDeadline } = pool;
  return {
    ...DEFAULT_LIMITS,
    maxPendingCount,
    maxProcessingCount,
    maxProcessingAttempts,
    maxProcessingDeadline,
    maxDelayCount: pool.maxDelayCount ?? DEFAULT_LIMITS.maxDelayCount,
    maxDisk: pool.maxDisk ?? DEFAULT_LIMITS.maxDisk,
  };
}

function noteOfClock(logger: Logger, note: ClockNote): void {
  if (note.kind === "in-step") logger.info("the clock agrees with the wall again");
  else
    logger.warn("the wall has differed from the broker's clock for a minute: the clock follows it by a tenth at most", {
      differenceMs: Math.round(note.skew),
    });
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
