/** One metric as it is scraped. Counters and histograms count from the start of the process. */
export interface MetricSpec {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly unit: string;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COUNTS = [1, 4, 16, 64, 256, 1024, 4096, 16_384];

/** Every metric there is; docs/metrics.md has the same table. */
export const METRICS = [
  {
    name: "taskwire_activations",
    type: "gauge",
    labels: ["application", "namespace", "task", "state"],
    unit: "activations",
    help: "In-flight activations: pending, delayed, processing, retry (to be published), failure (to be published), parked",
  },
  {
    name: "taskwire_oldest_pending_age_seconds",
    type: "gauge",
    labels: ["application", "namespace", "task"],
    unit: "seconds",
    help: "Age of the oldest activation that waits for a worker, since it was sent; only of tasks that have one",
  },
  {
    name: "taskwire_unclaimed_activations",
    type: "gauge",
    labels: ["application", "namespace", "task"],
    unit: "activations",
    help: "Pending and parked activations that no worker takes: no session names their task, and their application does not fetch",
  },
  {
    name: "taskwire_activations_ended_total",
    type: "counter",
    labels: ["end"],
    unit: "activations",
    help: "Activations settled for good, by the rule that ended them",
  },
  {
    name: "taskwire_failures_total",
    type: "counter",
    labels: ["reason"],
    unit: "activations",
    help: "Activations that ended as failure, discarded or to be dead-lettered, by reason",
  },
  {
    name: "taskwire_records_dropped_total",
    type: "counter",
    labels: ["kind"],
    unit: "records",
    help: "Records and outcomes that changed nothing: read before, in flight already, or of a claim that is not current",
  },
  {
    name: "taskwire_clamped_activations_total",
    type: "counter",
    labels: [],
    unit: "activations",
    help: "Activations taken in with numbers beyond their bounds, which were clamped",
  },
  {
    name: "taskwire_reread_records_total",
    type: "counter",
    labels: [],
    unit: "records",
    help: "At-least-once records read again because the in-flight file lost rows: they may run twice",
  },
  {
    name: "taskwire_topic_activations",
    type: "gauge",
    labels: ["topic", "state"],
    unit: "activations",
    help: "What counts against the limits of a topic",
  },
  {
    name: "taskwire_topic_limit",
    type: "gauge",
    labels: ["topic", "limit"],
    unit: "activations",
    help: "max_pending_count, max_processing_count and max_delay_count; without a series there is no such limit",
  },
  {
    name: "taskwire_reading_paused",
    type: "gauge",
    labels: ["topic", "reason"],
    unit: "0 or 1",
    help: "1 while the reading of the topic is held back for that reason",
  },
  {
    name: "taskwire_log_position",
    type: "gauge",
    labels: ["topic", "partition"],
    unit: "offset",
    help: "The next offset to be read",
  },
  {
    name: "taskwire_log_lag_records",
    type: "gauge",
    labels: ["topic", "partition"],
    unit: "records",
    help: "Records appended but not read yet, as far as known",
  },
  {
    name: "taskwire_intake_batch_records",
    type: "histogram",
    labels: [],
    unit: "records",
    help: "Records read from the log at a time",
    buckets: COUNTS,
  },
  {
    name: "taskwire_handout_wait_seconds",
    type: "histogram",
    labels: [],
    unit: "seconds",
    help: "From when an activation was due (sent, or its delay passed) until it was handed to a worker; of the first in each batch",
    buckets: [...SECONDS, 60, 300, 1800, 3600, 21_600, 86_400],
  },
  {
    name: "taskwire_commit_duration_seconds",
    type: "histogram",
    labels: [],
    unit: "seconds",
    help: "From handing changes to the journal until they are on disk",
    buckets: SECONDS,
  },
  {
    name: "taskwire_commit_changes",
    type: "histogram",
    labels: [],
    unit: "changes",
    help: "Rows written or deleted by one commit of the journal",
    buckets: COUNTS,
  },
  {
    name: "taskwire_journal_bytes",
    type: "gauge",
    labels: [],
    unit: "bytes",
    help: "Bytes in use of the in-flight file",
  },
  {
    name: "taskwire_journal_limit_bytes",
    type: "gauge",
    labels: [],
    unit: "bytes",
    help: "max_disk: reading stops at so many bytes in use",
  },
  {
    name: "taskwire_finished_ids",
    type: "gauge",
    labels: [],
    unit: "ids",
    help: "Ids of finished activations that are remembered",
  },
  {
    name: "taskwire_publish_waiting",
    type: "gauge",
    labels: ["topic"],
    unit: "records",
    help: "Retries, dead letters and forwarded records that wait because the log refused them; only of topics that have some",
  },
  {
    name: "taskwire_publish_failures_total",
    type: "counter",
    labels: ["topic"],
    unit: "appends",
    help: "Appends of retries, dead letters and forwarded records that failed",
  },
  {
    name: "taskwire_unpublishable_activations",
    type: "gauge",
    labels: [],
    unit: "activations",
    help: "Activations whose retry or dead letter the log refuses for good; they stay in the in-flight file",
  },
  {
    name: "taskwire_sessions",
    type: "gauge",
    labels: ["state"],
    unit: "sessions",
    help: "Sessions of workers: open, draining, lost (gone, its claims still held)",
  },
  {
    name: "taskwire_held_fetches",
    type: "gauge",
    labels: [],
    unit: "calls",
    help: "GetTask calls that are held for new work",
  },
  {
    name: "taskwire_not_ready",
    type: "gauge",
    labels: ["code"],
    unit: "0 or 1",
    help: "1 while /readyz names the reason; every code has a series",
  },
  {
    name: "taskwire_runtime_config_reloads_total",
    type: "counter",
    labels: ["result"],
    unit: "reads",
    help: "Changes of the runtime configuration file that were applied, or refused (the last good one stays)",
  },
  {
    name: "taskwire_runtime_config_broken",
    type: "gauge",
    labels: [],
    unit: "0 or 1",
    help: "1 while the runtime configuration file cannot be used and the last good one stays",
  },
  {
    name: "taskwire_quarantined_files",
    type: "gauge",
    labels: [],
    unit: "files",
    help: "Damaged in-flight files that lie in quarantine",
  },
  {
    name: "taskwire_clock_skew_seconds",
    type: "gauge",
    labels: [],
    unit: "seconds",
    help: "By how much the wall is ahead of the broker's clock",
  },
  {
    name: "taskwire_event_loop_lag_seconds",
    type: "gauge",
    labels: ["quantile"],
    unit: "seconds",
    help: "How late the event loop turned since the last scrape: 0.5, 0.99 and 1 (the largest)",
  },
  {
    name: "taskwire_process_resident_memory_bytes",
    type: "gauge",
    labels: [],
    unit: "bytes",
    help: "Resident memory of the broker's process",
  },
  {
    name: "taskwire_process_cpu_seconds_total",
    type: "counter",
    labels: [],
    unit: "seconds",
    help: "CPU time of the broker's process, user and system",
  },
] as const satisfies readonly MetricSpec[];

type Spec = (typeof METRICS)[number];
type Named<Type extends MetricSpec["type"]> = Extract<Spec, { type: Type }>["name"];

export type CounterName = Named<"counter">;
export type GaugeName = Named<"gauge">;
export type HistogramName = Named<"histogram">;

/** The values for a metric's labels, every one of them. */
export type Labels<Name extends Spec["name"]> = Readonly<
  Record<Extract<Spec, { name: Name }>["labels"][number], string>
>;
