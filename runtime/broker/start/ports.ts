import { newId } from "../../base/ids.js";
import { packageVersion } from "../../base/version.js";
import { healthService } from "../../wire/server/health-service.js";
import { type ListeningServer, serve } from "../../wire/server/server.js";
import { controlsStatus } from "../controls/described.js";
import { Push } from "../dispatch/push/push.js";
import { consumerService } from "../dispatch/services/consumer-service.js";
import { sessionsService } from "../dispatch/services/sessions-service.js";
import { clustersOf } from "../intake/topics.js";
import { BrokerObservation } from "../observe/broker-observation.js";
import { SeriesSampler } from "../observe/series-sampler.js";
import type { Operations } from "../operations/run-verb.js";
import { operationsService } from "../operations/service.js";
import type { BrokerOptions } from "../options.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";
import type { Stations } from "./stations.js";

/** How long an empty GetTask is held, unless the pool says otherwise. */
const GET_TASK_HOLD_MS = 1000;

/** The services' names in health checks. */
const SERVED = ["sentry_protos.taskbroker.v1.ConsumerService", "taskwire.v1.Sessions"];

/** Observes the broker from here on, and serves the HTTP port when one is wanted. Rejects as serveHttp. */
export async function observe(
  options: BrokerOptions,
  parts: Parts,
  { engine, sessions, readers, publisher, controls }: Stations,
  shutdown: Shutdown,
): Promise<BrokerObservation> {
  const { environment, dataFolder, logger, model } = options;
  const { pool, wall, clock, history, series, metrics, journalHealth, runtimeConfig, audit, letters } = parts;
  const names = {
    pool: pool.name,
    environment: environment.name,
    data: dataFolder,
    ownLog: [...clustersOf(environment, pool)].some(({ kind }) => kind !== "kafka"),
    broker: { id: newId(), version: packageVersion(), startedAt: new Date(clock.wall()).toISOString(), api: 1 },
  } as const;
  const observation = new BrokerObservation(
    {
      names,
      engine,
      journal: journalHealth,
      sessions,
      readers,
      publisher,
      runtimeConfig,
      controls: () => controlsStatus(controls),
      model,
      wall,
      audit,
      letters,
      series,
    },
    clock,
    logger,
    metrics,
  );
  shutdown.onClose(() => observation.close());
  const sampler = new SeriesSampler(clock, series, history, () => ({
    snapshot: engine.inflight.snapshot,
    end: (topic, partition) => readers.end(topic, partition),
    commits: metrics.commits,
    unpublished: publisher.problems.reduce((sum, { waiting }) => sum + waiting, 0),
    vitalsOf: (session) => sessions.vitalsOf(session),
  }));
  shutdown.onClose(async () => sampler.stop());
  journalHealth.follow(() => observation.health.check());
  if (options.http !== undefined) await observation.serve(options.http, logger, options.mount);
  return observation;
}

/** Serves the gRPC port when one is wanted, and starts to push. Rejects when the port cannot be opened. */
export async function listen(
  { listen: address, security = {}, logger }: BrokerOptions,
  { pool, pushed, clock }: Parts,
  { sessions, fetches }: Stations,
  observation: BrokerObservation,
  operations: Operations,
  shutdown: Shutdown,
): Promise<ListeningServer | undefined> {
  let server: ListeningServer | undefined;
  if (address !== undefined) {
    const applications = new Set(pushed.map(({ application }) => application));
    const opened = await serve({
      address,
      flag: "--listen",
      exposes: "take work and settle it",
      endpoints: [
        ...consumerService({ fetches, pushed: applications, hold: pool.getTaskHold ?? GET_TASK_HOLD_MS, logger }),
        ...sessionsService(sessions, clock, logger),
        ...operationsService(operations),
        ...healthService(observation.health, SERVED),
      ],
      security,
      clock,
      logger,
    });
    shutdown.onClose(() => opened.close());
    server = opened;
  }
  const push = new Push(pushed, fetches, clock, logger, security);
  shutdown.onDrain(() => push.stop());
  observation.listening({
    get pushTargets() {
      return push.targets;
    },
    get refused() {
      return server?.refused ?? [];
    },
  });
  return server;
}
