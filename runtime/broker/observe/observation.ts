import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, SystemClock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { Unreadable } from "../../log/port.js";
import { BROKER_METRICS, type BrokerMetrics, silentMeter } from "../../telemetry/broker-metrics.js";
import { LoopMonitor } from "../../telemetry/event-loop.js";
import { serveProbes } from "../../telemetry/http/probes.js";
import { type HttpServer, json } from "../../telemetry/http/server.js";
import { type Meter, type Metrics, openMetrics } from "../../telemetry/registry.js";
import type { Delivery } from "../../wire/session.js";
import type { Engine } from "../engine/engine.js";
import type { Event } from "../inflight/events.js";
import type { RuntimeConfigFile } from "../runtime-config/file.js";
import { Health, type HealthFacts, type PublishProblem, type Reason } from "./health.js";
import { StatusMetrics } from "./metrics.js";
import { pausesOf } from "./pauses.js";
import { type ModelHashes, type Status, statusOf, unclaimed } from "./status.js";
import { Detector } from "./unclaimed-detector.js";

/** What is watched of a broker. */
export interface ObservedBroker {
  readonly engine: Engine;
  readonly journal: { readonly file: string; readonly stuck: () => string | undefined };
  readonly clusters: () => HealthFacts["clusters"];
  readonly publishing: () => readonly PublishProblem[];
  readonly end: (topic: string, partition: number) => number | null | undefined;
  /** What of the log cannot be read at the moment. */
  readonly unreadable: () => readonly Unreadable[];
  readonly runtimeConfig: RuntimeConfigFile | undefined;
  readonly names: Pick<Status, "pool" | "environment" | "data">;
  readonly model: ModelHashes | undefined;
  /** Milliseconds by which the wall is ahead of the clock. */
  /** What keeps its clock in step with the wall. */
  readonly wall: Pick<SystemClock, "skew" | "corrected">;
}

/** Counts what happens in a broker. Nothing is counted unless there is a port to ask for it. */
export class Counting {
  readonly meter: Meter<BrokerMetrics>;
  readonly #metrics: Metrics<BrokerMetrics> | undefined;
  readonly #clock: Clock;

  private constructor(clock: Clock, metrics: Metrics<BrokerMetrics> | undefined) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.meter = metrics ?? silentMeter;
  }

  static async open(clock: Clock, wanted: boolean): Promise<Counting> {
    return new Counting(clock, wanted ? await openMetrics(BROKER_METRICS) : undefined);
  }

  get metrics(): Metrics<BrokerMetrics> | undefined {
    return this.#metrics;
  }

  /** An event on its way to the machine. */
  event(event: Event): void {
    if (event.kind === "arrived") this.meter.observe("taskwire_intake_batch_records", event.arrivals.length);
  }

  /** The first of a batch stands for all of it: to observe each would cost a few percent of a busy broker. */
  handedOut(engine: Engine, [first]: readonly Delivery[]): void {
    if (this.#metrics === undefined || first === undefined) return;
    const facts = engine.inflight.claimed(first.claim);
    if (facts === undefined) return;
    const wait = this.#clock.wall() - Math.max(facts.receivedAt, facts.due);
    this.meter.observe("taskwire_handout_wait_seconds", Math.max(0, wait) / 1000);
  }

  written(changes: number, milliseconds: number): void {
    this.meter.observe("taskwire_commit_changes", changes);
    this.meter.observe("taskwire_commit_duration_seconds", milliseconds / 1000);
  }

  publishFailed(topic: string): void {
    this.meter.count("taskwire_publish_failures_total", { topic });
  }
}

/** Health, status, metrics and the detector of a broker, and the HTTP port that tells of them. */
export class Observation {
  readonly health: Health;
  readonly #broker: ObservedBroker;
  readonly #clock: Clock;
  readonly #counting: Counting;
  readonly #detector: Detector;
  readonly #statusMetrics = new StatusMetrics();
  readonly #loop: LoopMonitor | undefined;
  #phase: HealthFacts["phase"] = "starting";
  #server: HttpServer | undefined;

  constructor(broker: ObservedBroker, clock: Clock, logger: Logger, counting: Counting) {
    this.#broker = broker;
    this.#clock = clock;
    this.#counting = counting;
    this.#loop = counting.metrics === undefined ? undefined : new LoopMonitor();
    this.health = new Health(clock, (stalled) => this.#facts(stalled));
    this.#detector = new Detector(clock, logger, () => unclaimed(broker.engine.inflight.snapshot, clock, broker.model));
  }

  /** Rejects as serveHttp. */
  async serve(address: string, logger: Logger): Promise<void> {
    const probed = { readiness: () => this.#readiness(), metrics: () => this.#scrape() };
    this.#server = await serveProbes(address, probed, logger, [
      ["/api/status", async () => json(200, await this.status())],
    ]);
  }

  /** HOST:PORT of the HTTP port. */
  get httpAddress(): string | undefined {
    return this.#server?.address;
  }

  phase(phase: HealthFacts["phase"]): void {
    this.#phase = phase;
    this.health.look();
  }

  async status(): Promise<Status> {
    const { engine, runtimeConfig, names, model, end, wall } = this.#broker;
    const quarantine = await quarantined(names.data);
    const notReady = this.health.reasons();
    return statusOf({
      names,
      snapshot: engine.inflight.snapshot,
      end,
      facts: this.#facts(undefined),
      notReady,
      runtimeConfig: runtimeConfig?.state,
      quarantine,
      wall: this.#clock.wall(),
      clockSkew: wall.skew(),
      clockCorrected: wall.corrected,
      model,
    });
  }

  async close(): Promise<void> {
    this.health.stop();
    this.#detector.stop();
    this.#loop?.stop();
    await this.#server?.close();
  }

  /** Either way, it names the partitions that cannot be read while all else is. */
  #readiness(): { ready: boolean; reasons: readonly Reason[]; degraded?: readonly Unreadable[] } {
    const reasons = this.health.reasons();
    const degraded = this.#broker.unreadable();
    return { ready: reasons.length === 0, reasons, ...(degraded.length === 0 ? {} : { degraded }) };
  }

  #facts(stalled: HealthFacts["stalled"]): HealthFacts {
    const { engine, journal, clusters, publishing, unreadable } = this.#broker;
    const { snapshot } = engine.inflight;
    return {
      now: this.#clock.now(),
      phase: this.#phase,
      stalled,
      journal: { file: journal.file, stuck: journal.stuck(), commitSince: engine.commitSince },
      clusters: clusters(),
      unreadable: unreadable(),
      publishing: publishing(),
      paused: [...snapshot.topics].flatMap(([topic, load]) =>
        pausesOf(snapshot, load).map((pause) => ({ topic, ...pause })),
      ),
    };
  }

  async #scrape(): Promise<{ readonly type: string; readonly text: string }> {
    const { metrics } = this.#counting;
    const lag = this.#loop?.look();
    if (metrics === undefined || lag === undefined) throw new Error("nothing is counted without an HTTP port");
    const status = await this.status();
    return metrics.scrape((scrape) => this.#statusMetrics.collect(status, lag, scrape));
  }
}

/** Damaged in-flight files that were put aside in the data folder. */
async function quarantined(data: string): Promise<string[]> {
  const folder = join(data, "quarantine");
  try {
    return (await readdir(folder)).sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}
