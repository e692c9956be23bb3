/** Levels of findings, the worst first. */
export const LEVELS = ["stopped", "slow", "warning"] as const;

/** `stopped`: work does not run. `slow`: it runs late or in part. `warning`: it runs, and something needs a person. */
export type Level = (typeof LEVELS)[number];

const NOTHING_RUNS = "docs/guide/troubleshooting.md#nothing-runs";
const FAILS = "docs/guide/troubleshooting.md#a-task-fails";
const CRASHES = "docs/guide/troubleshooting.md#handlers-that-hang-or-crash";
const SCHEDULES = "docs/guide/schedules.md#when-a-schedule-does-not-start";
const DISK = "docs/guide/troubleshooting.md#disk-clock-damaged-files";

/** Every finding with the section of the guide that says more of it, a cause before its effects. */
export const PAGES = {
  broker_silent: NOTHING_RUNS,
  broker_versions: "docs/guide/upgrading.md",
  broker_starting: NOTHING_RUNS,
  broker_stopping: NOTHING_RUNS,
  broker_stalled: NOTHING_RUNS,
  clock_skewed: DISK,
  journal_stuck: DISK,
  commit_slow: DISK,
  disk_full: DISK,
  in_flight_file_damaged: DISK,
  audit_unwritten: DISK,
  log_away: NOTHING_RUNS,
  topic_unreadable: NOTHING_RUNS,
  no_partitions: "docs/guide/cluster.md",
  configuration_invalid: "docs/guide/running.md#drop-or-forward-work-while-it-runs",
  configuration_doubtful: "docs/guide/running.md#drop-or-forward-work-while-it-runs",
  controls_apart: "docs/guide/running.md#several-brokers",
  paused: NOTHING_RUNS,
  work_dropped: "docs/guide/running.md#drop-or-forward-work-while-it-runs",
  namespace_demoted: "docs/guide/running.md#drop-or-forward-work-while-it-runs",
  start_gate: NOTHING_RUNS,
  proof_awaited: NOTHING_RUNS,
  calls_refused: "docs/guide/running.md#security",
  push_target_silent: "docs/guide/running.md#other-brokers-and-workers",
  worker_crash_loop: CRASHES,
  worker_blocked: CRASHES,
  workers_lost: NOTHING_RUNS,
  workers_draining: NOTHING_RUNS,
  lost_again: CRASHES,
  hash_differs: "docs/guide/evolving.md",
  no_worker: NOTHING_RUNS,
  task_without_worker: NOTHING_RUNS,
  slots_busy: NOTHING_RUNS,
  hand_out_limit: NOTHING_RUNS,
  reading_paused: NOTHING_RUNS,
  handlers_fail: FAILS,
  work_expired: NOTHING_RUNS,
  work_expires: NOTHING_RUNS,
  publishing_fails: NOTHING_RUNS,
  unpublishable: FAILS,
  letters_deleted_soon: "docs/guide/operations.md#dead-letters-pile-up",
  schedules_unreadable: SCHEDULES,
  no_scheduler: SCHEDULES,
  schedule_missed: SCHEDULES,
  schedule_paused: SCHEDULES,
} as const satisfies Readonly<Record<string, string>>;

export type Code = keyof typeof PAGES;

const NO_WORKER: readonly Code[] = ["no_worker", "task_without_worker"];
const WAITS: readonly Code[] = [...NO_WORKER, "slots_busy", "reading_paused"];

/** What a finding explains: it is at least as bad as these of its pool, and stands before them. */
export const EXPLAINS: Readonly<Partial<Record<Code, readonly Code[]>>> = {
  journal_stuck: ["commit_slow", "disk_full", "audit_unwritten", "slots_busy", "reading_paused"],
  commit_slow: ["slots_busy", "reading_paused"],
  disk_full: ["reading_paused", "audit_unwritten"],
  paused: ["reading_paused"],
  calls_refused: ["workers_lost", ...NO_WORKER],
  push_target_silent: NO_WORKER,
  worker_crash_loop: WAITS,
  worker_blocked: ["workers_lost", ...WAITS],
  workers_lost: WAITS,
  // A task without workers is no effect of others that drain: the finding looks at the tasks of its workers itself.
  workers_draining: ["slots_busy", "reading_paused"],
  no_worker: ["reading_paused"],
  task_without_worker: ["reading_paused"],
  slots_busy: ["reading_paused"],
  hand_out_limit: ["reading_paused"],
};
