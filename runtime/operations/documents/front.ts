import type { ParameterIssue } from "../../activation/errors.js";
import type { NamedType, TaskModel } from "../../model/model.js";
import type { Finding } from "../diagnose/finding.js";
import type { Status } from "../status/document.js";
import type { ActivationRow, ListActivationsAnswer, ShowActivationAnswer, Total } from "./activations.js";
import type { AuditLine } from "./audit.js";
import type { ChangedActivations, ChangePlan } from "./changes.js";
import type { ActivationContent } from "./content.js";
import type { ControlAnswer, ControlsAnswer } from "./controls.js";
import type { EndDocument, EndsDocument } from "./ends.js";
import type { ErrorGroupDocument } from "./errors.js";
import type { JobDocument } from "./jobs.js";
import type { LetterDetails, LetterDocument, LetterGroups, LetterList, LetterOutcomes, LetterPlan } from "./letter.js";
import type { SeriesDocument } from "./series.js";
import type { DrainAnswer, WorkersAnswer } from "./workers.js";

/*
 * The documents of the HTTP API. They join what several brokers answer; those of a single broker are in the other files of
 * this folder.
 */

/** A broker that did not answer, or is too old: what the document says is not all there is. */
export interface MissingBroker {
  readonly broker: string;
  readonly code: string;
  readonly message: string;
}

export interface Joined {
  /** Empty: every broker answered. */
  readonly partial: readonly MissingBroker[];
}

/** A row or a document with the broker, HOST:PORT, that answered it. */
export type Of<Row> = Row & { readonly broker: string };

export interface Page<Row> extends Joined {
  readonly rows: readonly Of<Row>[];
  /** null: it is the last page. */
  readonly cursor: string | null;
  /** How many match in all. */
  readonly total: Total;
}

export interface PerBroker<Document> extends Joined {
  readonly brokers: readonly Of<Document>[];
}

/** An error of the HTTP API. */
export interface ProblemDocument {
  readonly code: string;
  readonly message: string;
  /** The parameter of the request that is wrong. */
  readonly field?: string;
  /** With `bad_parameters`: what does not fit the schema, by path. */
  readonly issues?: readonly ParameterIssue[];
}

/** Who is signed in, and what the console is for. GET and POST /session. */
export interface SessionDocument {
  readonly name: string;
  readonly role: "view" | "operate";
  /** Whether sensitive values can be revealed. */
  readonly reveal: boolean;
  /** null: no model says which one. */
  readonly environment: string | null;
  /** The environment is named as one where care is due. */
  readonly production: boolean;
  readonly brokers: readonly string[];
  /** Version of taskwire that serves this. */
  readonly version: string;
  /** How often the page is refreshed at most, milliseconds. */
  readonly refresh: number;
  /** Address of a trace with `{trace_id}`; null: none is configured. */
  readonly traceUrl: string | null;
  /** Whether tasks can be sent and schedules run from here; else why not. */
  readonly sends: { readonly possible: true } | { readonly possible: false; readonly why: string };
}

/** GET /statuses. */
export interface StatusesDocument extends Joined {
  readonly brokers: readonly { readonly broker: string; readonly status: Status }[];
}

/** A pool, and the brokers that serve it. */
export interface PoolDocument {
  /** ENV/POOL; ENV/POOL@BROKER where a broker has a log of its own. */
  readonly name: string;
  readonly brokers: readonly string[];
}

/** GET /pools. Of brokers in `partial` nobody knows the pool. */
export interface PoolsDocument extends Joined {
  readonly pools: readonly PoolDocument[];
}

/** GET /problems. */
export interface JoinedProblems extends Joined {
  readonly findings: readonly Finding[];
  readonly summary: string;
}

/** GET /series. Sums of the brokers; of percentiles, ages and the loop's lag the largest. */
export interface JoinedSeries extends SeriesDocument, Joined {
  /** Series that have the largest value of the brokers; empty with one broker. */
  readonly worst: readonly string[];
}

/** GET /activations. */
export interface ActivationsPage extends Page<ActivationRow>, Pick<ListActivationsAnswer, "looked" | "now"> {}

/** GET /activations/{id}, POST /activations/{id}/reveal. */
export interface ActivationDocument extends ShowActivationAnswer, Joined {
  readonly broker: string;
  readonly content: ActivationContent;
}

/** GET /jobs. POST /activations/{cancel,retry,purge} and /dead-letters/{replay,purge} by a filter with `plan`. */
export interface JobsPage extends Joined {
  readonly jobs: readonly Of<JobDocument>[];
}

/** POST /activations/{cancel,retry,purge}: by ids, a dry run by a filter, or the jobs of a plan. */
export type ActivationsChange = (ChangedActivations & Joined) | (ChangePlan & Joined) | JobsPage;

/** POST /dead-letters/{replay,purge}: by places, a dry run by a filter, or the jobs of a plan. */
export type LettersChange = (LetterOutcomes & Joined) | (LetterPlan & Joined) | JobsPage;

/** GET /ends. */
export interface EndsPage extends Page<EndDocument>, Pick<EndsDocument, "since" | "completed"> {}

/** GET /errors. A group that several brokers have is one. */
export interface JoinedErrors extends Joined {
  readonly groups: readonly ErrorGroupDocument[];
  readonly matched: number;
  readonly ungrouped: number;
  readonly since: string;
}

/** GET /controls. */
export type JoinedControls = PerBroker<ControlsAnswer>;

/** POST /pause, /resume, /kill, /unkill. */
export type ControlsChange = PerBroker<ControlAnswer>;

/** GET /workers. */
export type JoinedWorkers = PerBroker<WorkersAnswer>;

/** POST /workers/{id}/drain. */
export type WorkersChange = PerBroker<DrainAnswer>;

interface Pooled {
  /** The pool, to ask for a letter by: places of several pools may be equal. Absent: the console knows only one. */
  readonly pool?: string;
}

/** GET /dead-letters. */
export interface LettersPage
  extends Page<LetterDocument & Pooled>,
    Pick<LetterList, "looked" | "counts" | "older" | "read" | "unreadable"> {
  /** Logs that rows name in place of a broker: none of their pool's answers, so the rows cannot be changed. */
  readonly fromLog: readonly string[];
}

/** GET /letter-groups. */
export interface LetterGroupsPage extends LetterGroups, Joined {}

/** GET /dead-letters/{topic}/{partition}/{offset}, POST .../reveal. */
export interface LetterView extends LetterDetails, Joined, Pooled {
  readonly broker: string;
  /** No broker of its pool answers: it is read from the log, and cannot be changed. */
  readonly fromLog: boolean;
  /** null: it is oversized or undecodable. */
  readonly content: ActivationContent | null;
  /**
   * Its parameters in the JSON form of `taskwire send`, as text, for editing; integers of any size are written as numbers.
   * null: the model does not have the task, or a value is covered.
   */
  readonly editable: string | null;
}

/** POST /dead-letters/check. */
export type CheckedParameters =
  | { readonly fit: true }
  | { readonly fit: false; readonly issues: readonly ParameterIssue[] };

/** A task of a model. */
export interface KnownTask extends TaskModel {
  readonly application: string;
  readonly namespace: string;
  /** Whether the environment routes it, so that it can be sent from here. */
  readonly sendable: boolean;
}

/** GET /tasks. */
export interface TasksDocument {
  /** The tasks of every model; empty: there is none. */
  readonly tasks: readonly KnownTask[];
  /** Records and enums that parameters name, by application. */
  readonly types: Readonly<Record<string, readonly NamedType[]>>;
}

/** A schedule. */
export interface ScheduleDocument {
  /** <namespace>.<task> as in the schema. */
  readonly task: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  /** The cron expression, or "every 60s". */
  readonly plan: string;
  /** null: it has none. */
  readonly timezone: string | null;
  readonly words: string;
  readonly missed: "skip" | "once" | number;
  readonly jitterSeconds: number;
  readonly parameters: string | null;
  /** Where its slots are stored, and its activations are appended. */
  readonly cluster: string;
  /** Whether its stored state could be read; if not, all below is empty except `next`. */
  readonly known: boolean;
  readonly paused: boolean;
  /** When it was paused, ISO 8601; null: it is not, or unknown. */
  readonly pausedAt: string | null;
  /** Whether a scheduler has taken up this plan; its slots count from then on. */
  readonly taken: boolean;
  /** Its last slot that was started, ISO 8601; null: none, or unknown. */
  readonly last: string | null;
  /** How long after its time that slot was started, milliseconds; null: not known. */
  readonly late: number | null;
  /** The scheduler that worked on it last, `<process id>@<host>`; null: none, or not known. */
  readonly scheduler: string | null;
  /** The slots that its rule left out last, of which at least 100 are counted; null: none yet. */
  readonly missedSlots: { readonly count: number; readonly first: string; readonly last: string } | null;
  /** Slots more than a minute ago that no scheduler has started or left out, at most 100; null: none, or it is paused. */
  readonly overdue: { readonly count: number; readonly first: string } | null;
  /** The next five, ISO 8601; empty while it is paused. */
  readonly next: readonly string[];
}

/** GET /schedules. */
export interface SchedulesDocument {
  readonly schedules: readonly ScheduleDocument[];
  /** Whose schedules they are; null: there is no model. */
  readonly environment: string | null;
  /** Why pauses and last runs are not known; null: they are. */
  readonly problem: string | null;
}

/** POST /send and /schedules/{task}/run. */
export interface SentDocument {
  readonly id: string;
  /** Wire name. */
  readonly task: string;
  readonly topic: string;
}

/** GET /audit. */
export type AuditPage = Page<AuditLine>;

/**
 * The events of GET /events, by name. `opened` is the first of a connection; `resumed`: what follows changes what the page has,
 * else all of it follows, and the page's series may have a gap. `refresh`: milliseconds between two updates. `status`: the parts
 * of a broker's status that changed. `pools`: all pools, also for a page that asks for one of them. `points`: the newest points. `news`: counts that only grow, from two of which a page
 * derives how many are new: ends, failed runs and dead letters. They begin again when `resumed` is false.
 */
export interface LiveEvents {
  readonly opened: { readonly resumed: boolean; readonly refresh: number };
  readonly status: { readonly broker: string; readonly at: string; readonly part: Partial<Status> };
  readonly missing: Joined;
  readonly pools: Pick<PoolsDocument, "pools">;
  readonly problems: JoinedProblems;
  readonly jobs: JobsPage;
  readonly points: JoinedSeries;
  readonly news: { readonly ended: number; readonly failed: number; readonly letters: number };
}
