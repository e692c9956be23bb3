import { countedByKind } from "#runtime/broker/controls/described.js";
import type { Status } from "#runtime/broker/index.js";
import type { Schedules } from "#runtime/operations/diagnose/causes/schedules.js";
import type { Code } from "#runtime/operations/diagnose/codes.js";
import type { Observed } from "#runtime/operations/diagnose/finding.js";
import type { ScheduleDocument } from "#runtime/operations/documents/front.js";
import { sessionWith, statusWith } from "../../../support/status.js";

const none = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

export function taskWith(changes: Partial<Status["tasks"][number]> = {}): Status["tasks"][number] {
  return { application: "app", namespace: "issues", task: "issues.close", oldestPending: null, ...none, ...changes };
}

const topic = {
  topic: "tasks",
  pending: 0,
  maxPendingCount: 100,
  processing: 0,
  maxProcessingCount: 100,
  delayed: 0,
  maxDelayCount: null,
  parked: 0,
  paused: [],
};

/** A broker that works: it reads a partition, a worker is connected and busy, work comes and goes. */
export function healthyWith(changes: Partial<Status> = {}): Status {
  return statusWith({
    counts: { ...none, pending: 3, processing: 2, delayed: 7 },
    oldestPending: 40,
    tasks: [taskWith({ pending: 3, processing: 2, delayed: 7, oldestPending: 40 })],
    lastMinute: [{ application: "app", namespace: "issues", task: "issues.close", done: 900, failed: 3 }],
    sessions: [sessionWith({ worker: "w-7", processing: 2, credit: 2, vitals: vitalsWith() })],
    topics: [{ topic: "tasks", partition: 0, position: 12, lag: 0, paused: false }],
    limits: [{ ...topic, pending: 3, processing: 2, delayed: 7 }],
    nextDue: 190_000,
    ...changes,
  });
}

export function vitalsWith(
  changes: Partial<NonNullable<Status["sessions"][number]["vitals"]>> = {},
): NonNullable<Status["sessions"][number]["vitals"]> {
  return { busy: 2, unstarted: 0, children: 2, deaths: 0, crashLoop: "", rss: 1e8, loopLag: 3, age: 900, ...changes };
}

export function unclaimedWith(changes: Partial<Status["unclaimed"][number]> = {}): Status["unclaimed"][number] {
  return {
    application: "app",
    namespace: "issues",
    task: "issues.open",
    pending: 10,
    parked: 4200,
    oldest: 720_000,
    ...changes,
  };
}

const notReady = (code: Status["notReady"][number]["code"], message: string) => ({ notReady: [{ code, message }] });
const unreadable = {
  topic: "tasks",
  partition: 0,
  code: "forbidden",
  message: 'the cluster does not allow this login to read partition 0 of topic "tasks"',
  forMs: 60_000,
} as const;
const configuration = {
  file: "/srv/runtime.yaml",
  current: true,
  error: undefined,
  readAt: 0,
  droppedTasks: [],
  selectors: 0,
  demotedNamespaces: [],
  demotedTo: undefined,
  warnings: [],
};

const control: Status["controls"]["inForce"][number] = {
  id: "c1",
  kind: "task",
  subject: "issues.close",
  by: "ada",
  reason: "the partner is down",
  since: "2026-01-01T00:00:00.000Z",
  until: "2026-01-02T00:00:00.000Z",
  source: "person",
  line: null,
  dropped: null,
  reach: "pool",
};

/** The part of the status about these controls. */
export function controlsWith(...inForce: readonly Partial<typeof control>[]): Status["controls"] {
  return {
    version: "7",
    inForce: inForce.map((each) => ({ ...control, ...each })),
    leftOut: 0,
    byKind: countedByKind([]),
    problem: null,
  };
}

interface Fixture {
  readonly changes: Partial<Status>;
  /** The text of the finding. */
  readonly text: string | RegExp;
  /** What the caller knows of schedules. */
  readonly schedules?: Schedules;
  /** More brokers of the pool. */
  readonly others?: readonly Observed[];
}

export function lostWith(changes: Partial<Status["lostAgain"][number]> = {}): Status["lostAgain"][number] {
  const names = { application: "app", namespace: "issues", task: "issues.close" };
  return { id: "a1", ...names, times: 2, error: "no outcome before the deadline", age: 2000, ...changes };
}

const schedule: ScheduleDocument = {
  task: "issues.close",
  name: "issues.close",
  namespace: "issues",
  plan: "every 60s",
  timezone: null,
  words: "every minute",
  missed: "skip",
  jitterSeconds: 0,
  parameters: null,
  cluster: "events",
  known: true,
  paused: false,
  pausedAt: null,
  taken: true,
  last: "2026-01-01T12:00:00.000Z",
  late: 40,
  scheduler: "4711@app1",
  missedSlots: null,
  overdue: null,
  next: ["2026-01-01T12:01:00.000Z"],
};

/** Schedules that run, with these changes, each a task of its own. */
export function schedulesWith(...changes: readonly Partial<ScheduleDocument>[]): Schedules {
  return { schedules: changes.map((each) => ({ ...schedule, ...each })), environment: "saas", problem: null };
}

/** What makes each finding, and what it says. */
export const FIXTURES: Readonly<Record<Exclude<Code, "broker_silent">, Fixture>> = {
  broker_versions: {
    changes: {},
    others: [{ broker: "b:1", status: healthyWith({ broker: { id: "b", version: "0.0.9", startedAt: "", api: 1 } }) }],
    text: "2 brokers have 2 versions",
  },
  broker_starting: {
    changes: notReady("starting", "the broker is starting and does not accept workers yet"),
    text: "the broker is starting and does not accept workers yet",
  },
  broker_stopping: { changes: notReady("stopping", "the broker is stopping"), text: "the broker is stopping" },
  broker_stalled: {
    changes: notReady("stalled", "the process stalled for 12s; it is ready again after 5s without a stall"),
    text: /^the process stalled for 12s/,
  },
  clock_skewed: { changes: { clockSkew: -90_000 }, text: /^the system clock is 1 min 30 s behind the broker's clock/ },
  journal_stuck: {
    changes: notReady("journal_stuck", "the in-flight file /srv/default.inflight.db takes no commits: disk full"),
    text: /takes no commits: disk full$/,
  },
  commit_slow: {
    changes: {
      ...notReady("commit_slow", "a commit to the in-flight file has been under way for 14s"),
      journal: { file: "/srv/default.inflight.db", bytes: 1, maxBytes: 2 ** 33, commitAge: 14_000 },
    },
    text: /under way for 14s$/,
  },
  disk_full: {
    changes: notReady("disk_full", 'reading of topic "tasks" is paused: 8192 of 8192 MiB'),
    text: /8192 of 8192 MiB$/,
  },
  in_flight_file_damaged: {
    changes: { quarantine: ["/srv/quarantine/default.inflight.db"], reread: 1200 },
    text: "the in-flight file /srv/default.inflight.db was damaged and is rebuilt; 1,200 records read again may run twice",
  },
  audit_unwritten: {
    changes: { audit: { file: "/srv/default.audit.log", error: "ENOSPC: no space left on device, write" } },
    text: "what operators do is not written to the audit log /srv/default.audit.log: ENOSPC: no space left on device, write",
  },
  log_away: {
    changes: { ...notReady("not_assigned", 'no partition of cluster "main" is assigned yet'), topics: [] },
    text: 'no partition of cluster "main" is assigned yet',
  },
  topic_unreadable: {
    changes: { unreadable: [unreadable, { ...unreadable, partition: 1 }] },
    text: unreadable.message,
  },
  no_partitions: { changes: { topics: [] }, text: /^the broker reads no partition/ },
  configuration_invalid: {
    changes: { runtimeConfig: { ...configuration, current: false, error: "line 3: expected a list" } },
    text: /^the runtime configuration \/srv\/runtime\.yaml is invalid.*: line 3: expected a list$/,
  },
  configuration_doubtful: {
    changes: { runtimeConfig: { ...configuration, warnings: ['unknown namespace "isues"'] } },
    text: /^1 entry of the runtime configuration/,
  },
  controls_apart: {
    changes: {
      controls: {
        version: "0",
        inForce: [],
        leftOut: 0,
        byKind: countedByKind([]),
        problem: "not allowed to read taskwire-control",
      },
    },
    text: /^pauses and kill rules of other brokers/,
  },
  paused: {
    changes: { controls: controlsWith({}) },
    text: "task issues.close is paused: 3 wait",
  },
  work_dropped: {
    changes: { runtimeConfig: { ...configuration, droppedTasks: ["issues.close"], selectors: 2 } },
    text: "every activation of issues.close is dropped",
  },
  namespace_demoted: {
    changes: {
      runtimeConfig: {
        ...configuration,
        demotedNamespaces: ["issues"],
        demotedTo: { topic: "general", cluster: "kafka" },
      },
    },
    text: "namespace issues is forwarded to topic general of cluster kafka",
  },
  start_gate: {
    changes: { startGate: { opensIn: 700, workers: ["w-7"] } },
    text: "after its start the broker waits up to 700 ms for 1 worker that had claims: w-7",
  },
  proof_awaited: {
    changes: { unproven: [{ topic: "tasks", partition: 3, activations: 2, owned: false }] },
    text: /^2 at-most-once activations of partition 3 of topic tasks wait/,
  },
  calls_refused: {
    changes: { refused: [{ peer: "10.0.0.9", cause: "the signature is missing", count: 40, age: 2000 }] },
    text: "calls of 1 address were refused 40 times, the last one 2 s ago",
  },
  push_target_silent: {
    changes: {
      pushTargets: [
        {
          application: "app",
          address: "10.0.0.7:50061",
          connected: false,
          pushing: 0,
          window: 4,
          retryIn: 5000,
          lastAnswer: { result: "unanswered", details: "UNAVAILABLE: connection refused", age: 1000 },
        },
      ],
    },
    text: /^the worker at 10\.0\.0\.7:50061, which application app is pushed to, does not answer: 3 wait$/,
  },
  worker_crash_loop: {
    changes: {
      sessions: [sessionWith({ worker: "w-7", vitals: vitalsWith({ deaths: 31, crashLoop: "exit code 1" }) })],
    },
    text: "child processes of worker w-7 on app1 crash again and again: 31 ended unexpectedly since its start",
  },
  worker_blocked: {
    changes: { sessions: [sessionWith({ worker: "w-7", vitals: vitalsWith({ loopLag: 4100 }) })] },
    text: /^the event loop of worker w-7 on app1 was blocked for 4 s/,
  },
  workers_lost: {
    changes: {
      sessions: [sessionWith(), sessionWith({ worker: "w-9", lost: true, processing: 3, claimsEndIn: 7000 })],
    },
    text: "the connection to 1 worker is lost: w-9 on app1; it holds 3 activations",
  },
  workers_draining: {
    changes: { sessions: [sessionWith({ worker: "w-7" }), sessionWith({ worker: "w-9", draining: true })] },
    text: "1 of 2 workers takes no more work: w-9 on app1",
  },
  lost_again: {
    changes: { lostAgain: [lostWith(), lostWith({ id: "a2", times: 4, age: 20_000, error: "worker w-9 is gone" })] },
    text: "2 activations of issues.close were lost with their workers again and again, a2 4 times; the last time 2 s ago",
  },
  hash_differs: {
    changes: {
      hashDiffers: [
        {
          application: "app",
          task: "issues.close",
          hashes: [
            { hash: "41c0aa", workers: ["w-7"], model: false },
            { hash: "9e7dbb", workers: [], model: true },
          ],
        },
      ],
    },
    text: "issues.close is declared differently in 2 builds",
  },
  no_worker: {
    changes: { sessions: [], unclaimed: [unclaimedWith(), unclaimedWith({ task: "issues.close", parked: 0 })] },
    text: "no worker is connected: 4,220 activations of 2 tasks wait, the oldest for 12 min",
  },
  task_without_worker: {
    changes: { unclaimed: [unclaimedWith()] },
    text: "no worker takes issues.open: 4,210 wait, the oldest for 12 min",
  },
  slots_busy: {
    changes: {
      sessions: [sessionWith({ worker: "w-7", slots: 24, processing: 24, credit: 0 })],
      counts: { ...none, pending: 4210, processing: 24 },
      oldestPending: 720_000,
    },
    text: "all 24 slots of 1 worker are busy: 4,210 wait, the oldest for 12 min",
  },
  hand_out_limit: {
    changes: { limits: [{ ...topic, processing: 100, pending: 9 }] },
    text: /^hand-out of topic tasks is at its limit: 100 of 100/,
  },
  reading_paused: {
    changes: { limits: [{ ...topic, paused: [{ reason: "max_pending_count", message: "100 of 100 pending" }] }] },
    text: "reading of topic tasks is paused: 100 of 100 pending",
  },
  handlers_fail: {
    changes: {
      lastMinute: [{ application: "app", namespace: "issues", task: "issues.close", done: 100, failed: 900 }],
    },
    text: "900 of 1,000 runs of issues.close failed in the last minute",
  },
  work_expired: {
    changes: {
      lastMinute: [
        { application: "app", namespace: "issues", task: "issues.close", done: 900, failed: 0, expired: 100 },
      ],
    },
    text: "100 of 1,000 activations of issues.close that ended in the last minute expired before they started: expected fewer than 5 %",
  },
  work_expires: {
    changes: { tasks: [taskWith({ pending: 40, oldestPending: 3_500_000 })] },
    text: /^issues\.close expires before it starts: the oldest of 40 pending waits for 58 min 20 s and may wait for 1 h$/,
  },
  publishing_fails: {
    changes: { publishing: [{ topic: "tasks-dlq", waiting: 12, failingFor: 65_000, error: "unknown topic" }] },
    text: /^the log has rejected .* for topic tasks-dlq for 1 min 5 s: 12 records wait$/,
  },
  unpublishable: {
    changes: {
      unpublishable: {
        count: 1,
        named: [
          {
            id: "a1",
            root: "a1",
            attempt: 1,
            lost: 0,
            topic: "tasks",
            partition: 0,
            offset: 7,
            bytes: 2_000_000,
            error: "the record is too large",
          },
        ],
      },
    },
    text: "the log permanently rejects the retry or dead letter of 1 activation",
  },
  letters_deleted_soon: {
    changes: {
      letters: { open: 214, deletedNext: { place: "work-dlq/0/7", task: "issues.close", in: 40 * 3_600_000 } },
    },
    text: "the log deletes open dead letters in 1 d 16 h, first work-dlq/0/7 of issues.close",
  },
  schedules_unreadable: {
    changes: {},
    schedules: {
      ...schedulesWith({ known: false, taken: false, last: null }),
      problem: "no answer from cluster events",
    },
    text: "it is not known whether 1 schedule is started: no answer from cluster events",
  },
  no_scheduler: {
    changes: {},
    schedules: schedulesWith(
      { overdue: { count: 12, first: "2026-01-01T12:01:00.000Z" } },
      { task: "mail.digest", name: "mail.digest", last: "2026-01-01T07:00:00.000Z" },
    ),
    text: "no scheduler starts the schedules of cluster events: 1 of 2 schedules is due, the first since 2026-01-01T12:01:00.000Z",
  },
  schedule_missed: {
    changes: {},
    schedules: schedulesWith({
      missedSlots: { count: 3, first: "2026-01-01T12:01:00.000Z", last: "2026-01-01T12:03:00.000Z" },
    }),
    text: "schedule issues.close missed 3 slots, from 2026-01-01T12:01:00.000Z to 2026-01-01T12:03:00.000Z: no scheduler ran then",
  },
  schedule_paused: {
    changes: {},
    schedules: schedulesWith({ paused: true, pausedAt: "2026-01-01T03:00:00.000Z", next: [] }),
    text: "schedule issues.close is paused since 2026-01-01T03:00:00.000Z",
  },
};
