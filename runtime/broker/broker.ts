import { messageOf } from "../base/errors.js";
import type { LogFields } from "../base/logger.js";
import { named } from "../model/environment.js";
import type { Status } from "../operations/status/document.js";
import type { LocalVerbs } from "../operations/verb.js";
import type { SessionPort } from "../wire/session.js";
import { logMissingTopics } from "./intake/topics.js";
import { localVerbs } from "./operations/local.js";
import type { BrokerOptions } from "./options.js";
import { applyConfig } from "./runtime-config/apply-config.js";
import { Ending } from "./start/ending.js";
import { operationsOf } from "./start/operators.js";
import { openParts, type Parts } from "./start/parts.js";
import { listen, observe } from "./start/ports.js";
import { Shutdown } from "./start/shutdown.js";
import { type Stations, wire } from "./start/stations.js";

export interface Broker {
  /** HOST:PORT; undefined without `listen`. */
  readonly address: string | undefined;
  /** HOST:PORT; undefined without `http`. */
  readonly httpAddress: string | undefined;
  /** Opens in-process sessions. */
  readonly sessions: SessionPort;
  status(): Promise<Status>;
  /** What operators may ask, for callers of this process. */
  readonly operations: LocalVerbs;
  /** Rejects when the broker cannot continue, resolves after stop(). */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the broker of one pool. Rejects when its file, a log or a port cannot be opened; then nothing is left open. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const ending = new Ending();
  const shutdown = new Shutdown(options.logger);
  try {
    return await start(options, shutdown, ending);
  } catch (error) {
    await shutdown.run().catch((also: unknown) => {
      options.logger.error("the broker did not start, and something could not be closed", { error: messageOf(also) });
    });
    throw error;
  }
}

async function start(options: BrokerOptions, shutdown: Shutdown, ending: Ending): Promise<Broker> {
  const { logger, environment, dataFolder } = options;
  const parts = await openParts(options, shutdown, ending);
  const stations = wire(options, parts, shutdown, ending);
  const { sessions, engine } = stations;
  const recovered = engine.inflight.snapshot.counts;
  await followRuntimeConfig(options, parts, stations, shutdown);
  const observation = await observe(options, parts, stations, shutdown);
  // Probes are answered meanwhile, and nothing is handed out before.
  await stations.controls.open();
  const operations = operationsOf(options, parts, stations, () => observation.status(), shutdown);
  await read(options, parts, stations, ending);
  const server = await listen(options, parts, stations, observation, operations, shutdown);
  const { address } = server ?? {};
  const { httpAddress } = observation;
  await logMissingTopics(parts.topics, logger);

  observation.phase("running");
  shutdown.onDrain(() => observation.phase("stopping"));
  logger.info("broker is ready", {
    pool: parts.pool.name,
    environment: environment.name,
    topics: [...parts.topics.keys()],
    data: dataFolder,
    file: parts.journalHealth.file,
    address,
    http: httpAddress,
    recovered,
  });
  const status = () => observation.status();
  const stop = () => shutdown.run().finally(ending.finish);
  return { address, httpAddress, sessions, status, operations: localVerbs(operations), ended: ending.ended, stop };
}

async function followRuntimeConfig(
  { environment, logger }: BrokerOptions,
  { runtimeConfig, clock, logOf }: Parts,
  { publisher, controls }: Stations,
  shutdown: Shutdown,
): Promise<void> {
  if (runtimeConfig === undefined) return;
  shutdown.onClose(() => runtimeConfig.close());
  await applyConfig(runtimeConfig, clock, logger, {
    policy: (policy) => controls.filePolicy(policy),
    logOf: (cluster) => logOf(named("cluster", environment.clusters, cluster)),
    demoteTo: (destination) => publisher.demoteTo(destination),
  });
}

/** Reads the pool's topics from here on. Rejects when a log refuses this broker. */
async function read(
  { takeOver, logger }: BrokerOptions,
  { pool, journal }: Parts,
  { readers }: Stations,
  ending: Ending,
): Promise<void> {
  const options = {
    group: pool.group,
    journal: journal.uuid,
    lineage: journal.lineage,
    takeOver: takeOver === true || journal.quarantine?.uuidKept === false,
    reread: journal.recovered.rebuilt.length > 0,
    alert: (message: string, fields: LogFields) => logger.error(message, fields),
  };
  await readers.start(options, ending.ended, ending.fail);
}
