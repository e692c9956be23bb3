import { join } from "node:path";
import { type Clock, type SystemClock, systemClock } from "../../base/clock.js";
import { type Close, closeTogether } from "../../base/closing.js";
import { openLog } from "../../log/open.js";
import { clustersOf, poolOf } from "../../model/environment.js";
import type { PoolModel } from "../../model/model.js";
import { resolvePush } from "../../model/variables.js";
import { JournalHealth } from "../engine/journal-health.js";
import { HistoryFile } from "../history/file/history-file.js";
import { History } from "../history/history.js";
import { Series } from "../history/series/series.js";
import { checkRawTopics, type RawTopics } from "../intake/raw.js";
import { type LogOf, logsOf, openTopics, type PoolTopic } from "../intake/topics.js";
import { Journal, type JournalPort } from "../journal/journal.js";
import { Letters } from "../letters/letters.js";
import { sourcesOf } from "../letters/sources.js";
import { EventMetrics } from "../observe/event-metrics.js";
import { AuditLog } from "../operations/audit/audit-log.js";
import type { BrokerOptions } from "../options.js";
import type { RuntimeConfigFile } from "../runtime-config/file.js";
import type { Ending } from "./ending.js";
import type { Shutdown } from "./shutdown.js";

/** What the stations of a broker run on. */
export interface Parts {
  readonly pool: PoolModel;
  /** The applications that are pushed to, with their addresses resolved. */
  readonly pushed: NonNullable<PoolModel["push"]>;
  /** The clock that follows the system time. */
  readonly wall: SystemClock;
  /** The broker's clock: `wall`, or one of a test. */
  readonly clock: Clock;
  readonly metrics: EventMetrics;
  readonly history: History;
  readonly series: Series;
  readonly runtimeConfig: RuntimeConfigFile | undefined;
  readonly journal: JournalPort;
  readonly journalHealth: JournalHealth;
  readonly audit: AuditLog;
  /** Nothing of it is opened before the first question. */
  readonly letters: Letters;
  readonly logOf: LogOf;
  readonly topics: ReadonlyMap<string, PoolTopic>;
  readonly raw: RawTopics;
}

/** Opens journal, logs and topics. Rejects when one of them cannot be opened. */
export async function openParts(options: BrokerOptions, shutdown: Shutdown, ending: Ending): Promise<Parts> {
  const { environment, dataFolder, logger } = options;
  const pool = poolOf(environment, options.pool);
  const pushed = resolvePush(pool.push ?? [], clustersOf(environment, pool), process.env, environment.name);
  const wall = systemClock();
  const clock = options.clock ?? wall;
  const metrics = await EventMetrics.open(clock, options.http !== undefined);
  const history = new History(clock.wall(), options.history !== "none");
  const series = new Series();
  const runtimeConfig = await openRuntimeConfig(options, pool, clock, metrics);

  const audit = new AuditLog(join(dataFolder, `${pool.name}.audit.log`), logger);
  shutdown.onClose(() => audit.close());
  const file = join(dataFolder, `${pool.name}.inflight.db`);
  const journalHealth = new JournalHealth(file, logger);
  const journal = await (options.openJournal ?? Journal.open)(file, {
    failed: ending.fail,
    stuck: (message) => journalHealth.stuck(message),
    unstuck: () => journalHealth.stuck(undefined),
  });
  shutdown.onClose(() => journal.close());
  // Behind the lock of the in-flight file: no other broker writes the pool's history.
  if (options.history === "file") {
    const written = await HistoryFile.open({ folder: dataFolder, pool: pool.name, history, clock, logger });
    shutdown.onClose(() => written.close());
  }
  const { quarantine } = journal;
  if (quarantine !== undefined) logger.error("the in-flight file was damaged and is rebuilt", { ...quarantine });

  const logs: Close[] = [];
  shutdown.onClose(() => closeTogether(logs, logger));
  const logOf = logsOf(environment, dataFolder, options.openLog ?? openLog, (close) => logs.push(close));
  const topics = await openTopics(environment, pool, logOf);
  const raw = options.raw ?? new Map();
  checkRawTopics(topics, raw);
  const sources = sourcesOf(environment, topics.values());
  const letters = new Letters({ file: join(dataFolder, `${pool.name}.letters.db`), sources, clock, logger });
  return {
    pool,
    pushed,
    wall,
    clock,
    metrics,
    history,
    series,
    runtimeConfig,
    journal,
    journalHealth,
    audit,
    letters,
    logOf,
    topics,
    raw,
  };
}

/** Reads the file; it is not watched yet, so that nothing has to be closed. */
async function openRuntimeConfig(
  { runtimeConfig: file, environment, declared, logger }: BrokerOptions,
  pool: PoolModel,
  clock: Clock,
  { meter }: EventMetrics,
): Promise<RuntimeConfigFile | undefined> {
  if (file === undefined) return undefined;
  const { RuntimeConfigFile } = await import("../runtime-config/file.js");
  return RuntimeConfigFile.open({ file, environment, pool, declared, clock, logger, meter });
}
