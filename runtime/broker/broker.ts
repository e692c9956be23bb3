import { join } from "node:path";
import { type Clock, type ClockNote, systemClock } from "../base/clock.js";
import { type Close, closeInOrder, closeTogether } from "../base/closing.js";
import { messageOf } from "../base/errors.js";
import { failpoint } from "../base/failpoint.js";
import type { LogFields, Logger } from "../base/logger.js";
import { openLog } from "../log/open.js";
import { clustersOf, named, poolOf } from "../model/environment.js";
import type { EnvironmentModel, PoolModel } from "../model/model.js";
import { resolvePush } from "../model/variables.js";
import type { Security } from "../wire/security/security.js";
import { healthService } from "../wire/server/health-service.js";
import { type ListeningServer, serve } from "../wire/server/server.js";
import type { SessionPort } from "../wire/session.js";
import { Fetches } from "./dispatch/fetches.js";
import { Push } from "./dispatch/push/push.js";
import { consumerService } from "./dispatch/services/consumer-service.js";
import { sessionsService } from "./dispatch/services/sessions-service.js";
import { Sessions } from "./dispatch/sessions.js";
import { Engine } from "./engine/engine.js";
import { Disk } from "./engine/journal-health.js";
import { DEFAULT_LIMITS, type Limits } from "./inflight/limits.js";
import { checkRawTopics, type RawTopics } from "./intake/raw.js";
import { Reading } from "./intake/topic-readers.js";
import { logsOf, openTopics, tellMissing } from "./intake/topics.js";
import { Journal, type JournalError, type JournalPort } from "./journal/journal.js";
import { Counting, Observation } from "./observe/observation.js";
import { operationsService } from "./observe/operations-service.js";
import type { ModelHashes, Status } from "./observe/status.js";
import { Publisher } from "./publish/publisher.js";
import { obey } from "./runtime-config/apply-config.js";
import type { Declared } from "./runtime-config/declared.js";

/** An empty GetTask is held for so long, unless the pool says otherwise. */
const GET_TASK_HOLD_MS = 1000;

/** As health checks name them. */
const SERVED = ["sentry_protos.taskbroker.v1.ConsumerService", "taskwire.v1.Sessions"];

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
  /** What the model declares now, to name what a runtime configuration says and nobody has. */
  readonly declared?: (() => Declared) | undefined;
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
  /** Where the in-flight activations are kept; default: the pool's in-flight file. */
  readonly openJournal?: (...args: Parameters<typeof Journal.open>) => Promise<JournalPort>;
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

/** Starts the broker of one pool. Rejects when its file, its logs or its port cannot be had; then nothing is left open. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { environment, dataFolder, logger, security = {} } = options;
  const wall = systemClock();
  const clock = options.clock ?? wall;
  const pool = poolOf(environment, options.pool);
  const targets = resolvePush(pool.push ?? [], clustersOf(environment, pool), process.env, environment.name);
  const { ended, finish, fail } = ending();
  /** Closed from the last to the first. */
  const closers: Close[] = [];
  try {
    const counting = await Counting.open(clock, options.http !== undefined);
    const { meter } = counting;
    const runtimeConfig =
      options.runtimeConfig === undefined
        ? undefined
        : await (await import("./runtime-config/file.js")).RuntimeConfigFile.open({
            file: options.runtimeConfig,
            environment,
            pool,
            declared: options.declared,
            clock,
            logger,
            meter,
          });
    const file = join(dataFolder, `${pool.name}.inflight.db`);
    const disk = new Disk(file, logger);
    const journal = await (options.openJournal ?? Journal.open)(file, {
      failed: (error: JournalError) => fail(error),
      stuck: (message) => disk.stuck(message),
      unstuck: () => disk.stuck(undefined),
    });
    closers.push(() => journal.close());
    const { quarantine } = journal;
    if (quarantine !== undefined) logger.error("the in-flight file was damaged and is rebuilt", { ...quarantine });
    const logs: Close[] = [];
    closers.push(() => closeTogether(logs, logger));
    const logOf = logsOf(environment, dataFolder, options.openLog ?? openLog, (close) => logs.push(close));
    const topics = await openTopics(environment, pool, logOf);
    const raw: RawTopics = options.raw ?? new Map();
    checkRawTopics(topics, raw);

    const publisher = new Publisher(topics, clock, logger, {
      published: (rows) => engine.apply({ kind: "published", rows }),
      failed: (topic) => counting.publishFailed(topic),
      refused: (row, error) => engine.apply({ kind: "unpublishable", row, error }),
      broken: fail,
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
      pause: (topic) => reading.pause(topic),
      resume: (topic) => reading.resume(topic),
      written: (changes, milliseconds) => counting.written(changes, milliseconds),
      positions: (partitions, lowest) => reading.commit(partitions, lowest),
      failed: fail,
    });
    // Whatever failed: what was not acknowledged comes again.
    ended.catch((error: unknown) => engine.halt(error));
    const reading: Reading = new Reading(
      topics,
      {
        apply: (event) => {
          counting.event(event);
          if (event.kind === "assigned") journal.assigned(event.topic, event.partition, event.end);
          engine.apply(event);
        },
        durable: () => engine.durable(true),
        journalCommit: () => journal.journalCommit,
        positionOf: (place) => engine.inflight.positionOf(place),
        asks: () => engine.inflight.positionsToRead,
        holdsBack: (topic) => engine.inflight.isPaused(topic),
      },
      raw,
      clock,
      logger,
    );
    const sessions = new Sessions(
      { inflight: engine.inflight, apply: (event) => engine.apply(event), durable: () => engine.durable() },
      clock,
    );
    const fetches = new Fetches(
      { apply: (event) => engine.apply(event), durable: (urgent) => engine.durable(urgent) },
      clock,
    );
    const unfollow = wall.follow((note) => {
      noteOfClock(logger, note);
      // What is due by now is due at once, whatever its timer says.
      engine.apply({ kind: "tick" });
    });
    closers.push(unfollow);
    if (runtimeConfig !== undefined) closers.push(() => runtimeConfig.close());
    const { secrets } = security;
    if (secrets !== undefined) closers.push(secrets.onChange(() => sessions.revoke((secret) => secrets.has(secret))));
    let observation: Observation | undefined;
    let server: ListeningServer | undefined;
    let push: Push | undefined;
    closers.push(
      () => observation?.close(),
      () => server?.close(),
      // A disk that takes nothing does not hold the end up.
      () => Promise.race([engine.stop(), ended.catch(() => {}), disk.untilStuck()]),
      // Who reports from now on must hear nothing: the machine takes nothing any more.
      () => sessions.close(),
      () => fetches.close(),
      () => reading.close(),
      () => failpoint("broker.drain"),
      () => publisher.close(),
      () => push?.stop(),
      () => observation?.phase("stopping"),
    );
    engine.recover();
    const recovered = engine.inflight.snapshot.counts;

    if (runtimeConfig !== undefined) {
      await obey(runtimeConfig, clock, logger, {
        policy: (policy) => engine.apply({ kind: "policy", policy }),
        logOf: (cluster) => logOf(named("cluster", environment.clusters, cluster)),
        demoteTo: (destination) => publisher.demoteTo(destination),
      });
    }
    const observed = new Observation(
      {
        names: { pool: pool.name, environment: environment.name, data: dataFolder },
        engine,
        journal: { file, stuck: () => disk.problem },
        clusters: () => reading.clusters,
        publishing: () => publisher.problems,
        end: (topic, partition) => reading.end(topic, partition),
        unreadable: () => reading.unreadable,
        runtimeConfig,
        model: options.model,
        wall,
      },
      clock,
      logger,
      counting,
    );
    observation = observed;
    disk.follow((stuck) => {
      engine.stuck(stuck);
      reading.stuck(stuck);
      observed.health.look();
    });
    if (options.http !== undefined) await observed.serve(options.http, logger);

    const read = {
      group: pool.group,
      journal: journal.uuid,
      lineage: journal.lineage,
      takeOver: options.takeOver === true || quarantine?.uuidKept === false,
      reread: journal.recovered.rebuilt.length > 0,
      alert: (message: string, fields: LogFields) => logger.error(message, fields),
    };
    await reading.start(read, ended, fail);
    if (options.listen !== undefined) {
      const pushed = new Set(targets.map(({ application }) => application));
      server = await serve({
        address: options.listen,
        flag: "--listen",
        exposes: "take work and settle it",
        endpoints: [
          ...consumerService({ fetches, pushed, hold: pool.getTaskHold ?? GET_TASK_HOLD_MS, logger }),
          ...sessionsService(sessions, clock, logger),
          ...operationsService(() => observed.status()),
          ...healthService(observed.health, SERVED),
        ],
        security,
        clock,
        logger,
      });
    }
    push = new Push(targets, fetches, clock, logger, security);
    await tellMissing(topics, logger);
    observed.phase("running");
    logger.info("broker is ready", {
      pool: pool.name,
      environment: environment.name,
      topics: [...topics.keys()],
      data: dataFolder,
      file,
      address: server?.address,
      http: observed.httpAddress,
      recovered,
    });

    let stopping: Promise<void> | undefined;
    const stop = () => closeInOrder(closers.splice(0).reverse(), logger).finally(finish);
    return {
      address: server?.address,
      httpAddress: observed.httpAddress,
      sessions,
      status: () => observed.status(),
      ended,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await closeInOrder(closers.splice(0).reverse(), logger).catch((also: unknown) => {
      logger.error("the broker did not start, and something could not be closed", { error: messageOf(also) });
    });
    throw error;
  }
}

/** How a broker ends: `ended` rejects by `fail`, else it resolves by `finish`. */
function ending(): {
  readonly ended: Promise<void>;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
} {
  let fail: (error: unknown) => void = () => {};
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  // Whoever waits for it gets the error; nobody has to.
  ended.catch(() => {});
  return { ended, finish, fail };
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
  switch (note.kind) {
    case "in-step":
      logger.info("the clock agrees with the wall again");
      return;
    case "slewing":
      logger.warn(
        "the wall has been behind the broker's clock for a minute: the clock goes a tenth slower until they agree",
        {
          differenceMs: Math.round(note.skew),
        },
      );
      return;
    case "corrected":
      logger.warn(
        note.slept
          ? "the machine slept: the clock is set forward to the wall, and what is overdue runs now"
          : "the wall has been ahead of the broker's clock for a minute: the clock is set forward, and what is overdue runs now",
        { byMs: Math.round(note.by) },
      );
  }
}
