import type { Logger } from "../base/logger.js";
import { LoopMonitor } from "../telemetry/event-loop.js";
import { serveProbes } from "../telemetry/http/probes.js";
import { type HttpServer, json } from "../telemetry/http/server.js";
import { collectProcess } from "../telemetry/process-metrics.js";
import { type Metrics, openMetrics } from "../telemetry/registry.js";
import { SCHEDULER_METRICS } from "../telemetry/scheduler-metrics.js";
import type { SchedulerStatus } from "./service.js";

/** A scheduler's port: /healthz, /readyz, /metrics and /api/status. */
export class SchedulerObservation {
  readonly #metrics: Metrics<typeof SCHEDULER_METRICS>;
  readonly #loop = new LoopMonitor();
  #status: () => SchedulerStatus | undefined = () => undefined;
  #server: HttpServer | undefined;

  private constructor(metrics: Metrics<typeof SCHEDULER_METRICS>) {
    this.#metrics = metrics;
  }

  /** Opens HOST:PORT; not ready. Rejects as serveHttp. */
  static async open(address: string, logger: Logger): Promise<SchedulerObservation> {
    const port = new SchedulerObservation(await openMetrics(SCHEDULER_METRICS));
    const probed = { readiness: () => ({ ready: port.#status() !== undefined }), metrics: () => port.#scrape() };
    try {
      port.#server = await serveProbes(address, probed, logger, [
        ["/api/status", () => json(200, port.#status() ?? { entries: [], clusters: [] })],
      ]);
    } catch (error) {
      await port.close();
      throw error;
    }
    return port;
  }

  /** `status`: of the running scheduler; undefined: it is stopping. */
  watch(status: (() => SchedulerStatus) | undefined): void {
    this.#status = status ?? (() => undefined);
  }

  /** A slot was started; `late`: by how much, milliseconds. */
  started(late: number): void {
    this.#metrics.observe("taskwire_scheduler_late_seconds", Math.max(0, late) / 1000);
  }

  async close(): Promise<void> {
    this.#loop.stop();
    await this.#server?.close();
  }

  async #scrape(): Promise<{ readonly type: string; readonly text: string }> {
    const { entries, clusters } = this.#status() ?? { entries: [], clusters: [] };
    const lag = this.#loop.look();
    return this.#metrics.scrape((scrape) => {
      for (const { task, paused, tally } of entries) {
        scrape.counter("taskwire_scheduler_started_total", { task }, tally.started);
        scrape.counter("taskwire_scheduler_missed_total", { task }, tally.missed);
        scrape.counter("taskwire_scheduler_failed_total", { task }, tally.failed);
        scrape.gauge("taskwire_scheduler_paused", { task }, paused ? 1 : 0);
      }
      for (const { name, owned } of clusters) {
        scrape.gauge("taskwire_scheduler_owned", { cluster: name }, owned ? 1 : 0);
      }
      collectProcess(lag, scrape);
    });
  }
}
