import type { Counts } from "../../../../runtime/activation/states.js";
import type { ControlDocument } from "../../../../runtime/operations/documents/controls.js";
import type { KnownTask } from "../../../../runtime/operations/documents/front.js";
import type { HashDifference, Status } from "../../../../runtime/operations/status/document.js";

/** What is known of a task: from the models, and from the statuses of the brokers. */
export interface TaskFacts {
  readonly application: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  /** null: no model has it. */
  readonly known: KnownTask | null;
  readonly owner: string | null;
  readonly counts: Counts;
  /** Age of the oldest pending one, milliseconds; null: none is pending. */
  readonly oldestPending: number | null;
  /** Completed and failed runs of the last minute. */
  readonly done: number;
  readonly failed: number;
  /** Waiting work that no connected worker takes; null: a worker takes it, or none waits. */
  readonly unclaimed: { readonly count: number; readonly oldest: number } | null;
  /** Controls of the task and of its namespace that hold it back or drop its work. */
  readonly controls: readonly ControlDocument[];
  /** Whether the runtime configuration drops every activation of it. */
  readonly droppedByFile: boolean;
  /** Workers or brokers have it from different schemas. */
  readonly hashDiffers: HashDifference | null;
}

const NONE: Counts = { pending: 0, processing: 0, retry: 0, failure: 0, delayed: 0, parked: 0 };

interface Named {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
}

export function keyOf({ application, namespace, task }: Named): string {
  return JSON.stringify([application, namespace, task]);
}

/** Every task of the models and every one that a broker has seen lately, by wire name. */
export function taskFacts(statuses: readonly Status[], known: readonly KnownTask[]): TaskFacts[] {
  const found = new Map<string, TaskFacts>();
  for (const task of known) {
    const facts = empty({ application: task.application, namespace: task.namespace, task: task.name });
    found.set(keyOf(facts), { ...facts, known: task, owner: task.owner ?? null });
  }
  const change = (named: Named, next: (facts: TaskFacts) => TaskFacts) =>
    found.set(keyOf(named), next(found.get(keyOf(named)) ?? empty(named)));
  for (const status of statuses) {
    for (const task of status.tasks) {
      change(task, (facts) => ({
        ...facts,
        owner: facts.owner ?? task.owner ?? null,
        counts: sum(facts.counts, task),
        oldestPending: older(facts.oldestPending, task.oldestPending),
      }));
    }
    for (const rate of status.lastMinute) {
      change(rate, (facts) => ({ ...facts, done: facts.done + rate.done, failed: facts.failed + rate.failed }));
    }
    for (const task of status.unclaimed) {
      change(task, (facts) => ({
        ...facts,
        owner: facts.owner ?? task.owner ?? null,
        unclaimed: {
          count: (facts.unclaimed?.count ?? 0) + task.pending + task.parked,
          oldest: Math.max(facts.unclaimed?.oldest ?? 0, task.oldest),
        },
      }));
    }
  }
  return [...found.values()]
    .map((facts) => withRules(facts, statuses))
    .sort((one, other) => compare(one.task, other.task) || compare(one.application, other.application));
}

/** Several entries of one wire name, of other applications or namespaces, as one. */
export function joined(all: readonly TaskFacts[]): TaskFacts | undefined {
  const [first, ...others] = all;
  return first === undefined ? undefined : others.reduce(both, first);
}

function both(one: TaskFacts, other: TaskFacts): TaskFacts {
  const { application, namespace, task, owner, droppedByFile } = one;
  return {
    application,
    namespace,
    task,
    owner: owner ?? other.owner,
    droppedByFile: droppedByFile || other.droppedByFile,
    known: one.known ?? other.known,
    counts: sum(one.counts, other.counts),
    oldestPending: older(one.oldestPending, other.oldestPending),
    done: one.done + other.done,
    failed: one.failed + other.failed,
    unclaimed: unclaimedOf(one.unclaimed, other.unclaimed),
    controls: [...one.controls, ...other.controls.filter((each) => !one.controls.includes(each))],
    hashDiffers: one.hashDiffers ?? other.hashDiffers,
  };
}

function unclaimedOf(one: TaskFacts["unclaimed"], other: TaskFacts["unclaimed"]): TaskFacts["unclaimed"] {
  if (one === null || other === null) return one ?? other;
  return { count: one.count + other.count, oldest: Math.max(one.oldest, other.oldest) };
}

/** As the schema has it, where there is one: wire names are long, and begin alike. */
export function shownName({ task, known }: Pick<TaskFacts, "task" | "known">): string {
  return known === null ? task : `${known.namespace}.${known.key}`;
}

export function inFlight({ counts }: Pick<TaskFacts, "counts">): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Share of the last minute's runs that failed, from 0 to 1; null: none ended. */
export function failingShare({ done, failed }: Pick<TaskFacts, "done" | "failed">): number | null {
  return done + failed === 0 ? null : failed / (done + failed);
}

function empty({ application, namespace, task }: Named): TaskFacts {
  return {
    application,
    namespace,
    task,
    known: null,
    owner: null,
    counts: NONE,
    oldestPending: null,
    done: 0,
    failed: 0,
    unclaimed: null,
    controls: [],
    droppedByFile: false,
    hashDiffers: null,
  };
}

function withRules(facts: TaskFacts, statuses: readonly Status[]): TaskFacts {
  const controls = new Map<string, ControlDocument>();
  for (const { controls: own } of statuses)
    for (const control of own.inForce) if (concerns(control, facts)) controls.set(control.id, control);
  const differs = statuses
    .flatMap(({ hashDiffers }) => hashDiffers)
    .find(({ task, application }) => task === facts.task && application === facts.application);
  return {
    ...facts,
    controls: [...controls.values()],
    droppedByFile: statuses.some(({ runtimeConfig }) => runtimeConfig?.droppedTasks.includes(facts.task) === true),
    hashDiffers: differs ?? null,
  };
}

/** Topics and pools are not of a task: the controls page has them. */
function concerns({ kind, subject }: ControlDocument, { task, namespace }: Named): boolean {
  if (kind === "task" || kind === "kill") return subject === task;
  return kind === "namespace" && subject === namespace;
}

function sum(one: Counts, other: Counts): Counts {
  return {
    pending: one.pending + other.pending,
    processing: one.processing + other.processing,
    retry: one.retry + other.retry,
    failure: one.failure + other.failure,
    delayed: one.delayed + other.delayed,
    parked: one.parked + other.parked,
  };
}

function older(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.max(one, other ?? one);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
