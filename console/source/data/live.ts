import { signal } from "@preact/signals";
import type {
  JobsPage,
  JoinedProblems,
  JoinedSeries,
  LiveEvents,
  MissingBroker,
  PoolDocument,
} from "../../../runtime/operations/documents/front.js";
import type { Status } from "../../../runtime/operations/status/document.js";
import type { ProblemError } from "./problem-error.ts";

export interface LiveBroker {
  readonly broker: string;
  /** When its status was taken, ISO 8601. */
  readonly at: string;
  readonly status: Status;
}

/**
 * How the page gets its live data. `resting`: only when somebody asks. `failing`: the server answers, but not
 * what is asked. `lost`: it does not answer. Times are milliseconds since 1970.
 */
type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "streaming" }
  | { readonly kind: "polling" }
  | { readonly kind: "resting" }
  | { readonly kind: "failing"; readonly since: number; readonly problem: ProblemError }
  | { readonly kind: "lost"; readonly since: number };

/** What the server sends by itself. Components that read `.value` follow it. */
export const live = {
  connection: signal<Connection>({ kind: "connecting" }),
  /** When something came last, milliseconds since 1970; undefined: nothing yet. */
  at: signal<number | undefined>(undefined),
  brokers: signal<readonly LiveBroker[]>([]),
  /** Brokers that do not answer; totals are lower bounds then. */
  missing: signal<readonly MissingBroker[]>([]),
  /** All pools there are, also while the page is narrowed to one; undefined: not known yet. */
  pools: signal<readonly PoolDocument[] | undefined>(undefined),
  problems: signal<JoinedProblems | undefined>(undefined),
  jobs: signal<JobsPage | undefined>(undefined),
  /** The last hour. */
  points: signal<JoinedSeries | undefined>(undefined),
  news: signal<LiveEvents["news"] | undefined>(undefined),
};

/** Forgets what the server has sent, except which pools there are. */
export function forgetLive(): void {
  live.brokers.value = [];
  live.missing.value = [];
  live.problems.value = undefined;
  live.jobs.value = undefined;
  live.points.value = undefined;
  live.news.value = undefined;
}

/** Whether what is shown may be old and changes cannot be sent. */
export function isLost(): boolean {
  return live.connection.value.kind === "lost";
}
