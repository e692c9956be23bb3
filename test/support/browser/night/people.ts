import type { AuditLine } from "#runtime/operations/documents/audit.js";
import type {
  AuditPage,
  JoinedWorkers,
  ScheduleDocument,
  SchedulesDocument,
  SessionDocument,
} from "#runtime/operations/documents/front.js";
import { nameOf, TASKS } from "./catalogue.js";
import { iso } from "./controls.js";
import { BROKERS } from "./fleet.js";
import { statusAt } from "./statuses.js";

const MINUTE = 60_000;

export function sessionDocument(changes: Partial<SessionDocument> = {}): SessionDocument {
  return {
    name: "mira",
    role: "operate",
    reveal: true,
    environment: "production",
    production: true,
    brokers: [...BROKERS],
    version: "0.1.0",
    refresh: 1000,
    traceUrl: "https://traces.shop.example/trace/{trace_id}",
    sends: { possible: true },
    ...changes,
  };
}

export function workersAt(now: number): JoinedWorkers {
  return {
    partial: [],
    brokers: BROKERS.map((broker, index) => {
      const { sessions, pullClients, pushTargets } = statusAt(index, now);
      return { broker, sessions, pullClients, pushTargets };
    }),
  };
}

export function schedulesAt(now: number): SchedulesDocument {
  const schedules = TASKS.flatMap((task): ScheduleDocument[] => {
    const { schedule } = task;
    if (schedule === undefined) return [];
    const { plan } = schedule;
    const period = plan.kind === "every" ? plan.period : 24 * 60 * MINUTE;
    const today = Math.floor(now / period) * period + (plan.kind === "every" ? 0 : cronOffset(plan.expression));
    const first = today > now ? today : today + period;
    const paused = task.key === "rank_results";
    const missed = task.key === "close_day";
    return [
      {
        task: nameOf(task),
        name: nameOf(task),
        namespace: task.namespace,
        plan: plan.kind === "cron" ? plan.expression : `every ${plan.period / 1000}s`,
        timezone: plan.kind === "cron" ? plan.timezone : null,
        words: schedule.words,
        missed: schedule.missed,
        jitterSeconds: schedule.jitter / 1000,
        parameters: null,
        cluster: "events",
        known: true,
        taken: true,
        paused,
        pausedAt: paused ? iso(now - 9 * 60 * MINUTE) : null,
        last: task.key === "refresh_dashboard" ? null : iso(first - period),
        late: task.key === "refresh_dashboard" ? null : 180,
        scheduler: "4711@scheduler-1",
        missedSlots: missed ? { count: 3, first: iso(first - 4 * period), last: iso(first - 2 * period) } : null,
        overdue: null,
        next: paused ? [] : Array.from({ length: 5 }, (_, slot) => iso(first + slot * period)),
      },
    ];
  });
  return { schedules, environment: "saas", problem: null };
}

/** Milliseconds after midnight of a plan that names a minute and an hour. */
function cronOffset(expression: string): number {
  const [minute = "0", hour = "0"] = expression.split(" ");
  return (Number(minute) + 60 * (Number(hour) || 0)) * MINUTE;
}

export function auditAt(now: number): AuditPage {
  const acts: readonly (readonly [
    AuditLine["verb"],
    string,
    string,
    Record<string, unknown>,
    Record<string, unknown>,
  ])[] = [
    [
      "ReplayLetters",
      "mira",
      "the acquirer is back",
      { q: "state:open task:payments.refund_payment", rate: 2 },
      { job: "j-104" },
    ],
    ["Drain", "mira", "disk of app-3 is being replaced", { worker: "app-3" }, { drained: true, processing: 3 }],
    [
      "Pause",
      "mira",
      "incident 5512 at the mail provider",
      { kind: "namespace", subject: "notifications" },
      { done: true },
    ],
    ["Purge", "jonas", "not needed any more", { q: "task:reports.sample_traffic state:delayed" }, { job: "j-102" }],
    [
      "Cancel",
      "jonas",
      "feed 771 sends the whole catalog every minute",
      { q: "task:catalog.import_feed args.feed_id=771" },
      { job: "j-103" },
    ],
    [
      "Kill",
      "jonas",
      "feed 771 sends the whole catalog every minute",
      { task: "catalog.import_feed", kwargs: ["feed_id"] },
      { done: true },
    ],
    ["Reveal", "mira", "customer asked for the address", { id: "4c1f" }, {}],
  ];
  const rows = acts.flatMap(([verb, actor, reason, request, counts], index): AuditPage["rows"][number][] => {
    const broker = BROKERS[index % 3] ?? BROKERS[0];
    const facts = { time: iso(now - (index * 19 + 1) * MINUTE), pool: "default", verb, actor, call: `c${900 - index}` };
    return [
      { broker, kind: "result", ...facts, counts },
      {
        broker,
        kind: "intent",
        ...facts,
        role: verb === "Reveal" ? "reveal" : "operate",
        address: "10.4.0.12:50122",
        reason,
        request,
      },
    ];
  });
  return { partial: [], rows, cursor: null, total: { count: rows.length, exact: true } };
}
