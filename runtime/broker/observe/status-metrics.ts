import { NOT_READY, PAUSE_REASONS } from "../../operations/status/causes.js";
import type { Status } from "../../operations/status/document.js";
import type { BrokerMetrics } from "../../telemetry/broker-metrics.js";
import type { LoopLag } from "../../telemetry/event-loop.js";
import { LabelSets } from "../../telemetry/label-sets.js";
import { collectProcess } from "../../telemetry/process-metrics.js";
import type { Scrape } from "../../telemetry/registry.js";
import { type TaskNames, taskKey } from "../inflight/counts/tally.js";

/** Most tasks with their own series; all others share the label "other": task names come from outside. */
const MOST_TASKS = 200;
const OTHER = { application: "other", namespace: "other", task: "other" };
const STATES = ["pending", "delayed", "processing", "retry", "failure", "parked"] as const;
const TOPIC_STATES = ["pending", "delayed", "processing", "parked"] as const;

/** Turns the broker's status into metrics. */
export class StatusMetrics {
  readonly #tasks = new LabelSets(MOST_TASKS);

  collect(status: Status, lag: LoopLag, scrape: Scrape<BrokerMetrics>): void {
    this.#collectTasks(status, scrape);
    collectTopics(status, scrape);
    for (const [end, total] of Object.entries(status.ended))
      scrape.counter("taskwire_activations_ended_total", { end }, total);
    for (const [reason, total] of Object.entries(status.failures))
      scrape.counter("taskwire_failures_total", { reason }, total);
    for (const [kind, total] of Object.entries(status.dropped))
      scrape.counter("taskwire_records_dropped_total", { kind }, total);
    scrape.gauge("taskwire_task_names", {}, status.taskNames);
    scrape.counter("taskwire_clamped_activations_total", {}, status.clamped);
    scrape.counter("taskwire_reread_records_total", {}, status.reread);
    scrape.gauge("taskwire_journal_bytes", {}, status.journal.bytes);
    scrape.gauge("taskwire_journal_limit_bytes", {}, status.journal.maxBytes);
    scrape.gauge("taskwire_finished_ids", {}, status.finishedIds);
    for (const { topic, waiting } of status.publishing) scrape.gauge("taskwire_publish_waiting", { topic }, waiting);
    scrape.gauge("taskwire_unpublishable_activations", {}, status.unpublishable.count);
    for (const state of ["open", "draining", "lost"]) scrape.gauge("taskwire_sessions", { state }, 0);
    for (const { lost, draining } of status.sessions)
      scrape.gauge("taskwire_sessions", { state: lost ? "lost" : draining ? "draining" : "open" }, 1);
    scrape.gauge("taskwire_held_fetches", {}, status.heldFetches);
    for (const code of NOT_READY)
      scrape.gauge("taskwire_not_ready", { code }, status.notReady.some((reason) => reason.code === code) ? 1 : 0);
    scrape.gauge("taskwire_runtime_config_broken", {}, status.runtimeConfig?.current === false ? 1 : 0);
    for (const [kind, count] of Object.entries(status.controls.byKind))
      scrape.gauge("taskwire_controls", { kind }, count);
    scrape.gauge("taskwire_controls_unshared", {}, status.controls.problem === null ? 0 : 1);
    scrape.gauge("taskwire_cancelled_ahead_ids", {}, status.cancelledAhead.ids);
    scrape.gauge("taskwire_quarantined_files", {}, status.quarantine.length);
    scrape.gauge("taskwire_clock_skew_seconds", {}, status.clockSkew / 1000);
    collectProcess(lag, scrape);
  }

  #collectTasks(status: Status, scrape: Scrape<BrokerMetrics>): void {
    this.#tasks.release(new Set([...status.tasks, ...status.unclaimed].map(taskKey)));
    for (const task of status.tasks) {
      const names = this.#namesOf(task);
      for (const state of STATES) scrape.gauge("taskwire_activations", { ...names, state }, task[state]);
    }
    for (const task of status.unclaimed)
      scrape.gauge("taskwire_unclaimed_activations", this.#namesOf(task), task.pending + task.parked);
    let othersOldest: number | undefined;
    for (const task of status.tasks) {
      if (task.oldestPending === null) continue;
      const names = this.#namesOf(task);
      if (names === OTHER) othersOldest = Math.max(othersOldest ?? 0, task.oldestPending);
      else scrape.gauge("taskwire_oldest_pending_age_seconds", names, task.oldestPending / 1000);
    }
    if (othersOldest !== undefined) scrape.gauge("taskwire_oldest_pending_age_seconds", OTHER, othersOldest / 1000);
  }

  #namesOf(names: TaskNames): TaskNames {
    const { application, namespace, task } = names;
    return this.#tasks.has(taskKey(names)) ? { application, namespace, task } : OTHER;
  }
}

function collectTopics(status: Status, scrape: Scrape<BrokerMetrics>): void {
  for (const load of status.limits) {
    const { topic } = load;
    for (const state of TOPIC_STATES) scrape.gauge("taskwire_topic_activations", { topic, state }, load[state]);
    scrape.gauge("taskwire_topic_limit", { topic, limit: "max_pending_count" }, load.maxPendingCount);
    scrape.gauge("taskwire_topic_limit", { topic, limit: "max_processing_count" }, load.maxProcessingCount);
    if (load.maxDelayCount !== null)
      scrape.gauge("taskwire_topic_limit", { topic, limit: "max_delay_count" }, load.maxDelayCount);
    for (const reason of PAUSE_REASONS) {
      const paused = load.paused.some((pause) => pause.reason === reason);
      scrape.gauge("taskwire_reading_paused", { topic, reason }, paused ? 1 : 0);
    }
  }
  for (const { topic, partition, position, lag } of status.topics) {
    const labels = { topic, partition: String(partition) };
    scrape.gauge("taskwire_log_position", labels, position);
    // An unknown lag has no sample: 0 would mean that nothing waits.
    if (lag !== null) scrape.gauge("taskwire_log_lag_records", labels, lag);
  }
  for (const { topic, partition, code } of status.unreadable)
    scrape.gauge(
      "taskwire_log_unreadable",
      { topic, partition: partition === null ? "all" : String(partition), code },
      1,
    );
}
