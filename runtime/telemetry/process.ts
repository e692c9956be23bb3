import type { LoopLag } from "./event-loop.js";
import type { Scrape } from "./registry.js";
import type { PROCESS_METRICS } from "./spec.js";

/** What every process tells of itself. */
export function collectProcess(lag: LoopLag, scrape: Scrape<typeof PROCESS_METRICS>): void {
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "0.5" }, lag.median);
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "0.99" }, lag.p99);
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "1" }, lag.largest);
  scrape.gauge("taskwire_process_resident_memory_bytes", {}, process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  scrape.counter("taskwire_process_cpu_seconds_total", {}, (user + system) / 1e6);
}
