import { PROCESS_METRICS } from "./process-metrics.js";
import { type MetricTable, SECONDS } from "./spec.js";

/** Every metric of a scheduler; docs/reference/metrics.md has the same table. */
export const SCHEDULER_METRICS = [
  {
    name: "taskwire_scheduler_started_total",
    type: "counter",
    labels: ["task"],
    unit: "slots",
    help: "Slots whose activation this scheduler appended",
  },
  {
    name: "taskwire_scheduler_missed_total",
    type: "counter",
    labels: ["task"],
    unit: "slots",
    help: "Slots that passed while no scheduler ran and were not started, by the schedule's `missed` rule",
  },
  {
    name: "taskwire_scheduler_failed_total",
    type: "counter",
    labels: ["task"],
    unit: "attempts",
    help: "Failed attempts to start a due slot; they are retried",
  },
  {
    name: "taskwire_scheduler_late_seconds",
    type: "histogram",
    labels: [],
    unit: "seconds",
    help: "How late slots were started",
    buckets: [...SECONDS, 60, 300, 1800, 3600],
  },
  {
    name: "taskwire_scheduler_paused",
    type: "gauge",
    labels: ["task"],
    unit: "0 or 1",
    help: "1 while the schedule is paused",
  },
  {
    name: "taskwire_scheduler_owned",
    type: "gauge",
    labels: ["cluster"],
    unit: "0 or 1",
    help: "1 while this process starts the schedules of the cluster; 0: another one does",
  },
  ...PROCESS_METRICS,
] as const satisfies MetricTable;
