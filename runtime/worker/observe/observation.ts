import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { LoopMonitor } from "../../telemetry/event-loop.js";
import { serveProbes } from "../../telemetry/http/probes.js";
import type { HttpServer } from "../../telemetry/http/server.js";
import { type Metrics, openMetrics } from "../../telemetry/registry.js";
import { WORKER_METRICS } from "../../telemetry/worker-metrics.js";
import type { ObservationOptions } from "../options.js";
import type { RunObserver } from "../supervisor/run-results.js";
import { HealthFile } from "./health-file.js";
import { collectWorker, type ObservedStats, RunMetrics } from "./metrics.js";
import { type FetchPath, LOOK_MS, Readiness, type Reason } from "./readiness.js";

/** The worker that is observed. */
interface ObservedWorker {
  /** Wire names of its tasks. */
  readonly tasks: readonly string[];
  stats(): ObservedStats;
  /** Whether a child, or this process, can run handlers now. */
  runner(): boolean;
}

/** Health and metrics of a worker, with the port and the file that expose them. Without either, nothing is counted. */
export class WorkerObservation {
  readonly #clock: Clock;
  readonly #readiness = new Readiness();
  readonly #metrics: Metrics<typeof WORKER_METRICS> | undefined;
  readonly #loop: LoopMonitor | undefined;
  readonly #file: HealthFile | undefined;
  /** Counts runs for the supervisor. */
  readonly observer: RunObserver | undefined;
  #worker: ObservedWorker | undefined;
  #tasks: ReadonlySet<string> = new Set();
  #server: HttpServer | undefined;
  #cancelLook: () => void = () => {};

  private constructor(clock: Clock, metrics: Metrics<typeof WORKER_METRICS> | undefined, file: HealthFile | undefined) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#loop = metrics === undefined ? undefined : new LoopMonitor();
    this.#file = file;
    this.observer = metrics === undefined ? undefined : new RunMetrics(metrics, () => this.#tasks);
  }

  /** Opens the port; the worker is not ready. Rejects as serveProbes and HealthFile.open do. */
  static async open({ http, healthFile }: ObservationOptions, clock: Clock, log: Logger): Promise<WorkerObservation> {
    const file = healthFile === undefined ? undefined : await HealthFile.open(healthFile, log);
    const metrics = http === undefined ? undefined : await openMetrics(WORKER_METRICS);
    const observation = new WorkerObservation(clock, metrics, file);
    try {
      if (http !== undefined) await observation.#serve(http, log);
    } catch (error) {
      await observation.close();
      throw error;
    }
    if (http !== undefined || file !== undefined) observation.#look();
    return observation;
  }

  /** HOST:PORT of the port. */
  get httpAddress(): string | undefined {
    return this.#server?.address;
  }

  /** The worker's handlers are loaded. */
  watch(worker: ObservedWorker): void {
    this.#worker = worker;
    this.#tasks = new Set(worker.tasks);
    this.#readiness.phase = "running";
  }

  /** No more work is taken. */
  stopping(): void {
    this.#readiness.phase = "stopping";
  }

  async close(): Promise<void> {
    this.stopping();
    this.#cancelLook();
    this.#loop?.stop();
    await this.#server?.close();
  }

  async #serve(address: string, log: Logger): Promise<void> {
    const readiness = () => {
      const reasons = this.#reasons();
      return { ready: reasons.length === 0, reasons };
    };
    this.#server = await serveProbes(address, { readiness, metrics: () => this.#scrape() }, log);
  }

  #look(): void {
    const now = this.#clock.now();
    if (this.#reasons().length === 0) this.#file?.alive(now);
    this.#cancelLook = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #reasons(): Reason[] {
    return this.#readiness.reasons(this.#clock.now(), this.#path());
  }

  #path(): FetchPath | undefined {
    if (this.#worker === undefined) return undefined;
    const { sessions, children } = this.#worker.stats();
    return { sessions, runner: this.#worker.runner(), crashes: children.crashLoop?.deaths };
  }

  async #scrape(): Promise<{ readonly type: string; readonly text: string }> {
    const worker = this.#worker;
    const lag = this.#loop?.look();
    if (this.#metrics === undefined || lag === undefined) throw new Error("nothing is counted without an HTTP port");
    const reasons = this.#reasons();
    return this.#metrics.scrape((scrape) => collectWorker(worker?.stats() ?? NOTHING, reasons, lag, scrape));
  }
}

/** The stats of a worker whose handlers are loading. */
const NOTHING: ObservedStats = {
  slots: 0,
  running: 0,
  unstarted: 0,
  reruns: 0,
  dropped: 0,
  unknownKeys: 0,
  children: { pids: [], list: [], deaths: 0, recycled: 0, crashLoop: undefined },
  sessions: [],
};
