import type {
  AuditPage,
  EndsPage,
  JobsPage,
  JoinedControls,
  JoinedErrors,
  JoinedProblems,
  JoinedSeries,
  JoinedWorkers,
  LettersPage,
  SchedulesDocument,
  SessionDocument,
  StatusesDocument,
  TasksDocument,
} from "#runtime/operations/documents/front.js";
import { BROKER_SERIES } from "#runtime/operations/documents/series.js";
import { statusWith } from "../status.js";
import { activationsAt, type Rows } from "./night/activations.js";
import { controlsAt, iso, jobsAt } from "./night/controls.js";
import { endsAt, errorsAt } from "./night/failures.js";
import { BROKERS } from "./night/fleet.js";
import { type LetterRow, letterAt, OPEN, RESOLVED } from "./night/letters.js";
import { tasksDocument } from "./night/model.js";
import { auditAt, schedulesAt, sessionDocument, workersAt } from "./night/people.js";
import { seriesAt } from "./night/series.js";
import { problemsOf, statusesAt } from "./night/statuses.js";

/** Letters that are made when they are looked at. */
interface Letters {
  readonly counts: LettersPage["counts"];
  row(state: "open" | "replayed" | "purged", index: number): LetterRow;
}

/** What the brokers behind a console say. A test replaces what it is about. */
export interface Night {
  session: SessionDocument;
  statuses: StatusesDocument;
  problems: JoinedProblems;
  jobs: JobsPage;
  controls: JoinedControls;
  workers: JoinedWorkers;
  tasks: TasksDocument;
  schedules: SchedulesDocument;
  errors: JoinedErrors;
  audit: AuditPage;
  activations: Rows;
  letters: Letters;
  ends(task?: string): EndsPage;
  series(tasks: readonly string[]): JoinedSeries;
}

/** The night in which a few things go wrong. */
export function fullNight(now: number): Night {
  const statuses = statusesAt(now);
  return {
    session: sessionDocument(),
    statuses,
    problems: problemsOf(statuses),
    jobs: jobsAt(now),
    controls: controlsAt(now),
    workers: workersAt(now),
    tasks: tasksDocument(),
    schedules: schedulesAt(now),
    errors: errorsAt(now),
    audit: auditAt(now),
    activations: activationsAt(now),
    letters: { counts: { open: OPEN, ...RESOLVED }, row: (state, index) => letterAt(now, index, state) },
    ends: (task) => endsAt(now, task),
    series: (tasks) => seriesAt(now, tasks),
  };
}

/** One broker that was just started, and nothing was ever sent. */
export function emptyNight(now: number): Night {
  const broker = "127.0.0.1:50051";
  const statuses: StatusesDocument = {
    partial: [],
    brokers: [
      { broker, status: statusWith({ broker: { id: "b1", version: "0.1.0", startedAt: iso(now - 4000), api: 1 } }) },
    ],
  };
  return {
    session: sessionDocument({ environment: "local", production: false, brokers: [broker], traceUrl: null }),
    statuses,
    problems: problemsOf(statuses),
    jobs: { partial: [], jobs: [] },
    controls: { partial: [], brokers: [{ broker, version: "0", controls: [], leftOut: 0, problem: null }] },
    workers: { partial: [], brokers: [{ broker, sessions: [], pullClients: [], pushTargets: [] }] },
    tasks: { tasks: [], types: {} },
    schedules: { schedules: [], environment: "local", problem: null },
    errors: { partial: [], groups: [], matched: 0, ungrouped: 0, since: iso(now - 4000) },
    audit: { partial: [], rows: [], cursor: null, total: { count: 0, exact: true } },
    activations: {
      length: 0,
      row: (index) => {
        throw new RangeError(`no row ${index}: nothing is in flight`);
      },
    },
    letters: { counts: { open: 0, replayed: 0, purged: 0 }, row: (state, index) => letterAt(now, index, state) },
    ends: () => ({
      ...{ partial: [], rows: [], cursor: null, total: { count: 0, exact: true } },
      ...{ since: iso(now - 4000), completed: { counted: 0, kept: 0 } },
    }),
    series: () => ({
      partial: [],
      step: 5,
      at: [],
      broker: Object.fromEntries(BROKER_SERIES.map((name) => [name, []])),
      tasks: [],
      worst: [],
    }),
  };
}

/** The night, and one broker does not answer. */
export function partialNight(now: number): Night {
  const night = fullNight(now);
  const partial = [
    {
      broker: BROKERS[2],
      code: "unreachable",
      message: `broker ${BROKERS[2]} did not answer within 2 s; check its address and that it runs`,
    },
  ];
  const statuses = { partial, brokers: night.statuses.brokers.slice(0, 2) };
  const joined = <Document>(document: Document) => ({ ...document, partial });
  return {
    ...night,
    statuses,
    problems: problemsOf(statuses, partial),
    jobs: joined(night.jobs),
    controls: { ...joined(night.controls), brokers: night.controls.brokers.slice(0, 2) },
    workers: { ...joined(night.workers), brokers: night.workers.brokers.slice(0, 2) },
    errors: joined(night.errors),
    audit: joined(night.audit),
    ends: (task) => joined(night.ends(task)),
    series: (tasks) => joined(night.series(tasks)),
  };
}

/** No broker answers. */
export function unreachableNight(now: number): Night {
  const night = emptyNight(now);
  const session = sessionDocument();
  const partial = BROKERS.map((broker) => ({
    broker,
    code: "unreachable",
    message: `no broker answers at ${broker}: connect ECONNREFUSED; check its address and that it runs`,
  }));
  const statuses = { partial, brokers: [] };
  const joined = <Document>(document: Document) => ({ ...document, partial });
  return {
    ...night,
    session,
    statuses,
    problems: problemsOf(statuses, partial),
    jobs: joined(night.jobs),
    controls: { partial, brokers: [] },
    workers: { partial, brokers: [] },
    errors: joined(night.errors),
    audit: joined(night.audit),
    tasks: tasksDocument(),
    schedules: { ...schedulesAt(now), problem: "no broker answers, so pauses and last runs are not known" },
    ends: (task) => joined(night.ends(task)),
    series: (tasks) => joined(night.series(tasks)),
  };
}
