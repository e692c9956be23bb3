/** Series of a broker. Rates are per second, times milliseconds. */
export const BROKER_SERIES = [
  // Rates: records taken in, activations handed out, each end, failed runs.
  "taken",
  "handed_out",
  "completed",
  "retried",
  "deadlettered",
  "discarded",
  "expired",
  "killswitched",
  "forwarded",
  "cancelled",
  "failed",
  // Activations in each state.
  "pending",
  "delayed",
  "processing",
  "retry",
  "failure",
  "parked",
  // Age of the oldest pending one, records that are not read yet, topics whose reading is paused.
  "oldest_pending",
  "lag",
  "paused",
  // Runs that ended since the point before: from when they were due until they were handed out, and how long they ran.
  "wait_p50",
  "wait_p95",
  "wait_p99",
  "run_p50",
  "run_p95",
  "run_p99",
  // Commits of the in-flight file since the point before, and the broker's event loop.
  "commit_p95",
  "loop_lag_p99",
  // Bytes: the broker's memory, payloads in memory, the in-flight file.
  "rss",
  "live_bytes",
  "journal_bytes",
  // Changes that no commit holds yet, and records that the log has not taken yet.
  "uncommitted",
  "unpublished",
  // Connected workers, how many handlers they run at once and run now, and how many more activations they accept.
  "sessions",
  "slots",
  "busy",
  "credit",
  "held_fetches",
] as const;

/** Series of a task. `waiting`: pending and parked ones. */
export const TASK_SERIES = ["completed", "failed", "waiting", "processing", "wait_p95", "run_p95"] as const;

/** One value a point; null: not known, or nothing was measured. */
type Values = readonly (number | null)[];

/**
 * The answer of Series. Parameters: `names` of the broker's series, default: all; `tasks`, wire names, at most 50, default:
 * none; `from`, an ISO 8601 time, default: the last hour; `step`, seconds from one point to the next, a multiple of 5,
 * default 5. A wider step has the mean of its points.
 */
export interface SeriesDocument {
  /** Seconds. */
  readonly step: number;
  /** When each point was taken, ISO 8601, the oldest first. Points that are far apart are a gap. */
  readonly at: readonly string[];
  readonly broker: Readonly<Record<string, Values>>;
  /** Those of the 200 busiest tasks that are asked for. */
  readonly tasks: readonly {
    readonly application: string;
    readonly namespace: string;
    readonly task: string;
    readonly series: Readonly<Record<string, Values>>;
  }[];
}
