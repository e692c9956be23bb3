import { residentMemory } from "../base/process/resident-memory.js";
import type { LoopLag } from "./event-loop.js";
import type { Scrape } from "./registry.js";
import type { MetricTable } from "./spec.js";

/** Metrics that every process serves about itself. */
export const PROCESS_METRICS = [
  {
    name: "taskwire_event_loop_lag_seconds",
    type: "gauge",
    labels: ["quantile"],
    unit: "seconds",
    help: "Delay of the event loop since the last scrape: 0.5, 0.99 and 1 (the largest)",
  },
  {
    name: "taskwire_process_resident_memory_bytes",
    type: "gauge",
    labels: [],
    unit: "bytes",
    help: "Resident memory of the process",
  },
  {
    name: "taskwire_process_cpu_seconds_total",
    type: "counter",
    labels: [],
    unit: "seconds",
    help: "CPU time of the process, user and system",
  },
] as const satisfies MetricTable;

/** Collects the metrics of this process. */
export function collectProcess(lag: LoopLag, scrape: Scrape<typeof PROCESS_METRICS>): void {
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "0.5" }, lag.median);
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "0.99" }, lag.p99);
  scrape.gauge("taskwire_event_loop_lag_seconds", { quantile: "1" }, lag.largest);
  scrape.gauge("taskwire_process_resident_memory_bytes", {}, residentMemory());
  const { user, system } = process.cpuUsage();
  scrape.counter("taskwire_process_cpu_seconds_total", {}, (user + system) / 1e6);
}
