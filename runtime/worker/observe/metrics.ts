import { readHead } from "../../activation/encoding/head.js";
import type { LoopLag } from "../../telemetry/event-loop.js";
import { LabelSets } from "../../telemetry/label-sets.js";
import { collectProcess } from "../../telemetry/process-metrics.js";
import type { Meter, Scrape } from "../../telemetry/registry.js";
import type { WORKER_METRICS } from "../../telemetry/worker-metrics.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import type { RunObserver } from "../supervisor/run-results.js";
import { NOT_READY, type Reason } from "./readiness.js";

/** Most tasks with their own series; further ones share the labels "other". */
const MOST_TASKS = 200;
const OTHER = { namespace: "other", task: "other" };

interface TaskLabels {
  readonly namespace: string;
  readonly task: string;
}

/** Counts runs by the task of their activation. */
export class RunMetrics implements RunObserver {
  readonly #meter: Meter<typeof WORKER_METRICS>;
  readonly #tasks = new LabelSets(MOST_TASKS);

  /** Only their names become labels: other names come from outside. */
  readonly #known: () => ReadonlySet<string>;

  constructor(meter: Meter<typeof WORKER_METRICS>, known: () => ReadonlySet<string>) {
    this.#meter = meter;
    this.#known = known;
  }

  started({ activation }: Claim, now: number): void {
    const head = headOf(activation);
    if (head === undefined) return;
    const due = head.receivedAt + (head.delay ?? 0) * 1000;
    this.#meter.observe("taskwire_worker_start_delay_seconds", Math.max(0, now - due) / 1000);
  }

  ended({ activation, startedAt }: Claim, result: RunResult, now: number): void {
    const labels = this.#labelsOf(activation);
    this.#meter.count("taskwire_worker_runs_total", { ...labels, result: result.kind });
    if (result.kind === "retry" || result.kind === "failure")
      this.#meter.count("taskwire_worker_failed_runs_total", { reason: result.reason });
    if (startedAt !== undefined)
      this.#meter.observe("taskwire_worker_run_duration_seconds", Math.max(0, now - startedAt) / 1000, labels);
  }

  #labelsOf(activation: Uint8Array): TaskLabels {
    const head = headOf(activation);
    if (head === undefined || !this.#known().has(head.task)) return OTHER;
    const { namespace, task } = head;
    return this.#tasks.has(`${namespace}\0${task}`) ? { namespace, task } : OTHER;
  }
}

function headOf(activation: Uint8Array): ReturnType<typeof readHead> | undefined {
  try {
    return readHead(activation);
  } catch {
    return undefined; // its run ends as failure (undecodable)
  }
}

/** The part of WorkerStats that is read at a scrape. */
export interface ObservedStats {
  readonly slots: number;
  readonly running: number;
  readonly unstarted: number;
  readonly reruns: number;
  readonly dropped: number;
  readonly unknownKeys: number;
  readonly children: {
    readonly pids: readonly number[];
    readonly deaths: number;
    readonly recycled: number;
    readonly list: readonly ObservedChild[];
    readonly crashLoop: { readonly deaths: number } | undefined;
  };
  readonly sessions: readonly { readonly name: string; readonly connected: boolean; readonly held: number }[];
}

interface ObservedChild {
  /** Bytes; undefined before the first heartbeat. */
  readonly rss: number | undefined;
  /** Milliseconds. */
  readonly lag: number | undefined;
  readonly tasks: number;
}

export function collectWorker(
  stats: ObservedStats,
  reasons: readonly Reason[],
  lag: LoopLag,
  scrape: Scrape<typeof WORKER_METRICS>,
): void {
  scrape.gauge("taskwire_worker_slots", {}, stats.slots);
  scrape.gauge("taskwire_worker_running", {}, stats.running);
  scrape.gauge("taskwire_worker_unstarted", {}, stats.unstarted);
  scrape.counter("taskwire_worker_reruns_total", {}, stats.reruns);
  scrape.counter("taskwire_worker_dropped_outcomes_total", {}, stats.dropped);
  scrape.counter("taskwire_worker_unknown_keys_total", {}, stats.unknownKeys);
  for (const { name: broker, connected, held } of stats.sessions) {
    scrape.gauge("taskwire_worker_session", { broker }, connected ? 1 : 0);
    scrape.gauge("taskwire_worker_held_claims", { broker }, held);
  }
  for (const code of NOT_READY)
    scrape.gauge("taskwire_worker_not_ready", { code }, reasons.some((reason) => reason.code === code) ? 1 : 0);
  collectChildren(stats.children, scrape);
  collectProcess(lag, scrape);
}

/** Labels are positions: process ids would leave a trail of series behind. */
function collectChildren(
  { pids, deaths, recycled, list, crashLoop }: ObservedStats["children"],
  scrape: Scrape<typeof WORKER_METRICS>,
): void {
  scrape.gauge("taskwire_worker_children", {}, pids.length);
  scrape.counter("taskwire_worker_child_deaths_total", {}, deaths);
  scrape.counter("taskwire_worker_children_recycled_total", {}, recycled);
  scrape.gauge("taskwire_worker_crash_loop", {}, crashLoop === undefined ? 0 : 1);
  for (const [place, { rss, lag, tasks }] of list.entries()) {
    const child = String(place);
    if (rss !== undefined) scrape.gauge("taskwire_worker_child_resident_memory_bytes", { child }, rss);
    if (lag !== undefined) scrape.gauge("taskwire_worker_child_event_loop_lag_seconds", { child }, lag / 1000);
    scrape.gauge("taskwire_worker_child_runs", { child }, tasks);
  }
}
