import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import { failpoint } from "../base/failpoint.js";
import type { Logger } from "../base/logger.js";
import { openLog } from "../log/open.js";
import type { Log } from "../log/port.js";
import { clusterOf, named, poolOf } from "../model/environment.js";
import type { EnvironmentModel, PoolModel, TopicModel } from "../model/model.js";
import type { SessionPort } from "../wire/session.js";
import { Engine } from "./engine.js";
import { DEFAULT_LIMITS, type Limits } from "./inflight/events.js";
import { Intake } from "./intake.js";
import { Journal, type JournalError } from "./journal/journal.js";
import { Publisher } from "./publisher.js";
import { checkRawTopics, type RawTopics } from "./raw.js";
import { type ListeningServer, serve } from "./services/server.js";
import { Sessions } from "./sessions.js";
import { type Status, statusOf, unclaimed } from "./status.js";

/** So long a start waits for the first partition of a cluster. */
const ASSIGN_MS = 5000;
/** How often the detector looks, and how long work waits before it is named. */
const DETECT_EVERY_MS = 10_000;
const UNCLAIMED_AFTER_MS = 30_000;

export interface BrokerOptions {
  readonly environment: EnvironmentModel;
  readonly pool: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** HOST:PORT of the gRPC services; port 0 takes a free one; undefined: in-process sessions only. */
  readonly listen?: string | undefined;
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
  const { environment, dataFolder, logger } = options;
  const clock = options.clock ?? systemClock();
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
  let stuck = false;
  let signalStuck: () => void = () => {};
  const whenStuck = () =>
    new Promise<void>((resolve) => {
      signalStuck = resolve;
      if (stuck) resolve();
    });
  try {
    const file = join(dataFolder, `${pool.name}.inflight.db`);
    const journal = await Journal.open(file, {
      failed: (error: JournalError) => fail(error),
      stuck: (message) => {
        stuck = true;
        signalStuck();
        logger.error("the in-flight file takes no commits; outcomes wait and reading is held back", {
          file,
          error: message,
        });
        for (const topic of topics.keys()) pause(topic);
      },
      unstuck: () => {
        stuck = false;
        logger.info("the in-flight file takes commits again", { file });
        for (const topic of topics.keys()) resume(topic);
      },
    });
    closers.push(() => journal.close());
    const topics = await openTopics(environment, pool, dataFolder, options.openLog ?? openLog, closers);
    const raw: RawTopics = options.raw ?? new Map();
    checkRawTopics(topics, raw);

    const intakes: Intake[] = [];
    const pause = (topic: string) => {
      for (const intake of intakes) intake.pause(topic);
    };
    const resume = (topic: string) => {
      if (stuck || engine.inflight.view.core.topic(topic).paused.size > 0) return;
      for (const intake of intakes) intake.resume(topic);
    };
    const publisher = new Publisher(topics, clock, logger, {
      published: (rows) => engine.apply({ kind: "published", rows }),
      refused: (row, error) => engine.apply({ kind: "unpublishable", row, error }),
    });
    const engine: Engine = new Engine({ ...limitsOf(pool), ...options.limits }, journal, clock, logger, {
      deliver: (session, deliveries) => sessions.deliver(session, deliveries),
      applied: () => sessions.applied(),
      handOut: () => {},
      publish: (as, row) => publisher.publish(as, row),
      pause,
      resume,
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
    engine.recover();
    const recovered = engine.inflight.view.core.tallies.total();

    for (const [log, names] of byLog(topics)) {
      const reader = log.read(names, { group: pool.group, journal: journal.uuid, takeOver: options.takeOver ?? false });
      const intake = new Intake(
        reader,
        (event) => engine.apply(event),
        () => engine.durable(true),
        { topics: raw, clock },
      );
      intakes.push(intake);
      closers.push(() => intake.close());
      intake.run().catch(fail);
      // A log that refuses this reader ends the start; one that takes long to assign does not hold it up.
      await Promise.race([intake.ready, ended, new Promise<void>((resolve) => clock.after(ASSIGN_MS, resolve))]);
    }
    const status = async () =>
      statusOf(
        engine.inflight,
        clock.now(),
        { pool: pool.name, environment: environment.name, data: dataFolder },
        (topic, partition) => intakes.map((intake) => intake.end(topic, partition)).find((end) => end !== undefined),
      );
    let server: ListeningServer | undefined;
    if (options.listen !== undefined) server = await serve(options.listen, sessions, status, logger);
    const stopDetector = detect(engine, clock, logger);
    logger.info("broker is ready", {
      pool: pool.name,
      environment: environment.name,
      topics: [...topics.keys()],
      data: dataFolder,
      file,
      address: server?.address,
      recovered,
    });

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      stopDetector();
      publisher.close();
      failpoint("broker.drain");
      await Promise.all(intakes.map((intake) => intake.close()));
      // After a failure nothing more gets to disk; what was not acknowledged comes again.
      // A disk that takes nothing does not hold the end up either.
      await Promise.race([engine.stop(), ended.catch(() => {}), whenStuck()]);
      sessions.close();
      await server?.close();
      await closeAll(closers);
      finish();
    };
    return {
      address: server?.address,
      sessions,
      status,
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

async function openTopics(
  environment: EnvironmentModel,
  pool: PoolModel,
  dataFolder: string,
  open: typeof openLog,
  closers: (() => Promise<void> | void)[],
): Promise<Map<string, PoolTopic>> {
  const logs = new Map<string, Log>();
  const topics = new Map<string, PoolTopic>();
  for (const name of pool.topics) {
    const topic = named("topic", environment.topics, name);
    const cluster = clusterOf(environment, topic);
    const log = logs.get(cluster.name) ?? (await open(cluster, dataFolder));
    if (!logs.has(cluster.name)) closers.push(() => log.close());
    logs.set(cluster.name, log);
    topics.set(name, { log, topic });
    // A retry topic of its own that nobody declared is read by the topic's pool.
    if (topic.retry !== name && !environment.topics.some((declared) => declared.name === topic.retry)) {
      const { raw: _, ...retry } = topic;
      topics.set(topic.retry, { log, topic: { ...retry, name: topic.retry } });
    }
  }
  return topics;
}

function byLog(topics: ReadonlyMap<string, PoolTopic>): Map<Log, string[]> {
  const byLog = new Map<Log, string[]>();
  for (const [name, { log }] of topics) byLog.set(log, [...(byLog.get(log) ?? []), name]);
  return byLog;
}

function limitsOf(pool: PoolModel): Limits {
  const { maxPendingCount, maxProcessingCount, maxProcessingAttempts, maxProcessingDeadline } = pool;
  return { ...DEFAULT_LIMITS, maxPendingCount, maxProcessingCount, maxProcessingAttempts, maxProcessingDeadline };
}

/** Names, again and again, work that waits because no worker names its task. */
function detect(engine: Engine, clock: Clock, logger: Logger): () => void {
  let cancel = () => {};
  const look = () => {
    for (const { application, namespace, task, pending, oldest } of unclaimed(engine.inflight, clock.now())) {
      if (oldest < UNCLAIMED_AFTER_MS) continue;
      logger.warn("no worker names this task; its activations wait", { application, namespace, task, pending, oldest });
    }
    cancel = clock.after(DETECT_EVERY_MS, look);
  };
  cancel = clock.after(DETECT_EVERY_MS, look);
  return () => cancel();
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
