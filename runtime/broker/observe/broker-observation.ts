import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, SystemClock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { residentMemory } from "../../base/process/resident-memory.js";
import type { Unreadable } from "../../log/port.js";
import type { Reason } from "../../operations/status/causes.js";
import type { Status } from "../../operations/status/document.js";
import { LoopMonitor } from "../../telemetry/event-loop.js";
import type { Mount } from "../../telemetry/http/mount.js";
import { serveProbes } from "../../telemetry/http/probes.js";
import { type HttpServer, json } from "../../telemetry/http/server.js";
import type { Series } from "../history/series/series.js";
import type { Snapshot } from "../inflight/counts/snapshot.js";
import type { PublishProblem } from "../publish/publish-queue.js";
import type { RuntimeConfigFile } from "../runtime-config/file.js";
import type { EventMetrics } from "./event-metrics.js";
import { Health } from "./health.js";
import type { HealthFacts } from "./readiness.js";
import type { ModelHashes } from "./status/model-hashes.js";
import { pausesOf } from "./status/pauses.js";
import { statusOf } from "./status/status.js";
import type { PartitionEnd } from "./status/topics.js";
import { unclaimedTasks } from "./status/unclaimed.js";
import { OfferedTasks, type WorkerSources } from "./status/workers.js";
import { StatusMetrics } from "./status-metrics.js";
import { UnclaimedTaskDetector } from "./unclaimed-task-detector.js";

/** The parts of a broker that are observed. */
interface ObservedBroker {
  readonly names: Pick<Status, "pool" | "environment" | "data" | "ownLog" | "broker">;
  readonly engine: { readonly inflight: { readonly snapshot: Snapshot }; readonly commitSince: number | undefined };
  readonly journal: { readonly file: string; readonly problem: string | undefined };
  readonly readers: {
    readonly clusters: HealthFacts["clusters"];
    readonly unreadable: readonly Unreadable[];
    end: PartitionEnd;
  };
  readonly sessions: Pick<WorkerSources, "vitalsOf">;
  readonly publisher: { readonly problems: readonly PublishProblem[] };
  readonly runtimeConfig: RuntimeConfigFile | undefined;
  readonly audit: { readonly file: string; readonly problem: string | undefined };
  readonly letters: { readonly status: Status["letters"] };
  readonly controls: () => Status["controls"];
  readonly model: ModelHashes | undefined;
  /** The clock that follows the system time. */
  readonly wall: Pick<SystemClock, "skew" | "corrected">;
  readonly series: Pick<Series, "newest">;
}

/** Health, status, metrics and the detector of a broker, and the HTTP port that serves them. */
export class BrokerObservation {
  readonly health: Health;
  readonly #broker: ObservedBroker;
  readonly #clock: Clock;
  readonly #events: EventMetrics;
  readonly #detector: UnclaimedTaskDetector;
  readonly #statusMetrics = new StatusMetrics();
  readonly #loop: LoopMonitor | undefined;
  readonly #offered: OfferedTasks;
  /** Known when the broker listens. */
  #outside: Pick<WorkerSources, "pushTargets" | "refused"> = { pushTargets: [], refused: [] };
  #phase: HealthFacts["phase"] = "starting";
  #server: HttpServer | undefined;

  constructor(broker: ObservedBroker, clock: Clock, logger: Logger, events: EventMetrics) {
    this.#broker = broker;
    this.#clock = clock;
    this.#events = events;
    this.#offered = new OfferedTasks(broker.model);
    this.#loop = events.metrics === undefined ? undefined : new LoopMonitor();
    this.health = new Health(clock, (stalled) => this.#facts(stalled));
    this.#detector = new UnclaimedTaskDetector(clock, logger, () =>
      unclaimedTasks(broker.engine.inflight.snapshot, clock.now(), clock.wall(), broker.model),
    );
  }

  /** `mount`: what somebody else answers on this port. Rejects as serveHttp. */
  async serve(address: string, logger: Logger, mount?: Mount): Promise<void> {
    const probed = { readiness: () => this.#readiness(), metrics: () => this.#scrape() };
    const status = ["/api/status", async () => json(200, await this.status())] as const;
    this.#server = await serveProbes(address, probed, logger, [status], mount);
  }

  /** HOST:PORT of the HTTP port; undefined: it is not served. */
  get httpAddress(): string | undefined {
    return this.#server?.address;
  }

  /** The broker listens and pushes: `outside` has what it learns of callers and push targets. */
  listening(outside: Pick<WorkerSources, "pushTargets" | "refused">): void {
    this.#outside = outside;
  }

  phase(phase: HealthFacts["phase"]): void {
    this.#phase = phase;
    this.health.check();
  }

  async status(): Promise<Status> {
    const { engine, readers, runtimeConfig, controls, names, model, wall, sessions, audit, letters, series } =
      this.#broker;
    const { pushTargets, refused } = this.#outside;
    const quarantine = await quarantined(names.data);
    const notReady = this.health.reasons();
    return statusOf({
      names,
      process: { rss: residentMemory(), loopLag: series.newest("loop_lag_p99") },
      snapshot: engine.inflight.snapshot,
      end: (topic, partition) => readers.end(topic, partition),
      facts: this.#facts(undefined),
      notReady,
      runtimeConfig: runtimeConfig?.state,
      controls: controls(),
      quarantine,
      audit,
      letters: letters.status,
      wall: this.#clock.wall(),
      clockSkew: wall.skew(),
      clockCorrected: wall.corrected,
      model,
      offered: this.#offered,
      workers: { vitalsOf: (session) => sessions.vitalsOf(session), pushTargets, refused },
    });
  }

  async close(): Promise<void> {
    this.health.stop();
    this.#detector.stop();
    this.#loop?.stop();
    await this.#server?.close();
  }

  /** Names the partitions that cannot be read also while the broker is ready. */
  #readiness(): { ready: boolean; reasons: readonly Reason[]; degraded?: readonly Unreadable[] } {
    const reasons = this.health.reasons();
    const degraded = this.#broker.readers.unreadable;
    return { ready: reasons.length === 0, reasons, ...(degraded.length === 0 ? {} : { degraded }) };
  }

  #facts(stalled: HealthFacts["stalled"]): HealthFacts {
    const { engine, journal, readers, publisher } = this.#broker;
    const { snapshot } = engine.inflight;
    return {
      now: this.#clock.now(),
      phase: this.#phase,
      stalled,
      journal: { file: journal.file, stuck: journal.problem, commitSince: engine.commitSince },
      clusters: readers.clusters,
      unreadable: readers.unreadable,
      publishing: publisher.problems,
      paused: [...snapshot.topics].flatMap(([topic, load]) =>
        pausesOf(snapshot, load).map((pause) => ({ topic, ...pause })),
      ),
    };
  }

  async #scrape(): Promise<{ readonly type: string; readonly text: string }> {
    const { metrics } = this.#events;
    const lag = this.#loop?.look();
    if (metrics === undefined || lag === undefined) throw new Error("nothing is counted without an HTTP port");
    const status = await this.status();
    return metrics.scrape((scrape) => this.#statusMetrics.collect(status, lag, scrape));
  }
}

/** Damaged in-flight files in the data folder's quarantine, absolute. */
async function quarantined(data: string): Promise<string[]> {
  const folder = join(data, "quarantine");
  try {
    return (await readdir(folder)).sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}
