import { isDeepStrictEqual } from "node:util";
import { formatDuration, type Model, type NamespaceModel, type RetryPolicy, type TaskModel } from "taskwire/model";
import { compareFields } from "./fields.js";
import type { Inherited, KeyPath, Report } from "./report.js";
import type { TypePair } from "./types.js";

interface Placed {
  readonly namespace: NamespaceModel;
  readonly task: TaskModel;
}

/**
 * Tasks by wire name, by former wire name, else by their key in the same namespace, else by wire name in another
 * application. Wire names belong to an application: two may have tasks of one name.
 */
export class TaskPairs {
  readonly #found = new Map<TaskModel, Placed>();
  /** New tasks by each name that they take. */
  readonly #takers = new Map<string, Placed>();
  readonly #added: readonly Placed[];

  constructor(before: Model, after: Model) {
    const left = new Set(placed(after));
    const take = (was: Placed, fits: (is: Placed) => boolean) => {
      if (this.#found.has(was.task)) return;
      const is = [...left].find(fits);
      if (is === undefined) return;
      left.delete(is);
      this.#found.set(was.task, is);
    };
    const old = placed(before);
    for (const is of left) for (const name of namesOf(is.task)) this.#takers.set(wireKey(is, name), is);
    for (const was of old) {
      const is = this.#takers.get(wireKey(was, was.task.name));
      if (is === undefined || is.task.name !== was.task.name) continue;
      left.delete(is);
      this.#found.set(was.task, is);
    }
    for (const was of old) {
      const is = this.#takers.get(wireKey(was, was.task.name));
      if (is !== undefined && left.has(is)) take(was, (one) => one === is);
    }
    for (const was of old)
      take(was, ({ namespace, task }) => namespace.name === was.namespace.name && task.key === was.task.key);
    for (const was of old) take(was, ({ task }) => task.name === was.task.name);
    this.#added = [...left];
  }

  /** The other task that takes a name which this one had and no longer takes. */
  taker(was: Placed, name: string): Placed | undefined {
    const taker = this.#takers.get(wireKey(was, name));
    return taker === this.#found.get(was.task) ? undefined : taker;
  }

  /** What became of a task of the old model. */
  now(task: TaskModel): Placed | undefined {
    return this.#found.get(task);
  }

  /**
   * New tasks that a removed one may be found under: those of its namespace with the same parameters, and those of other
   * namespaces with its key. A guess: they may as well be other tasks.
   */
  likely(namespace: string, task: TaskModel): readonly { readonly namespace: string; readonly shown: string }[] {
    return this.#added.flatMap((is) => {
      const here = is.namespace.name === namespace;
      const fits = here ? isDeepStrictEqual(facts(is.task), facts(task)) : is.task.key === task.key;
      if (!fits) return [];
      return [{ namespace: is.namespace.name, shown: here ? is.task.key : `${is.namespace.name}.${is.task.key}` }];
    });
  }
}

function wireKey({ namespace }: Placed, name: string): string {
  return `${namespace.external?.application ?? ""}\0${name}`;
}

/** All that it is called by. */
function namesOf({ name, formerly = [] }: TaskModel): readonly string[] {
  return [name, ...formerly];
}

function facts({ parameters }: TaskModel): unknown {
  return parameters.map(fieldFacts);
}

function fieldFacts({ name, type, optional, nullable }: TaskModel["parameters"][number]): unknown {
  return { name, type, optional, nullable };
}

function placed({ namespaces }: Model): readonly Placed[] {
  return namespaces.flatMap((namespace) => namespace.tasks.map((task) => ({ namespace, task })));
}

export function taskPath(namespace: string, key: string): KeyPath {
  return ["namespaces", namespace, "tasks", key];
}

/** Names of a task that another one takes, be the task gone or not. */
export function compareNames(was: Placed, pairs: TaskPairs, report: Report): void {
  for (const name of namesOf(was.task)) {
    const taker = pairs.taker(was, name);
    if (taker === undefined) continue;
    const path = taskPath(taker.namespace.name, taker.task.key);
    report.add(
      "task_name_reused",
      path,
      `accepts "${name}", which was a name of ${was.namespace.name}.${was.task.key}`,
    );
  }
}

/** What a task without a policy has, in either model. */
interface WithoutPolicy {
  readonly before: RetryPolicy;
  readonly after: RetryPolicy;
}

export function withoutPolicy(before: Model, after: Model): WithoutPolicy {
  return { before: policyOfNone(before), after: policyOfNone(after) };
}

/** Tasks without a policy that are kept as dead letters now and were discarded: one change, however many there are. */
export function compareFailures(before: Model, after: Model, report: Report): void {
  if (before.withoutPolicy !== undefined || after.withoutPolicy === undefined) return;
  const count = after.namespaces.flatMap(({ tasks }) => tasks.filter(({ retry }) => retry === undefined)).length;
  if (count === 0) return;
  const tasks = count === 1 ? "1 task has" : `${count} tasks have`;
  report.add("failures_kept", ["application"], `${tasks} no retry policy; failures were discarded, are dead letters`);
}

function policyOfNone(model: Model): RetryPolicy {
  return { times: 1, timesExceeded: model.withoutPolicy ?? "discard", delay: 0, backoff: "fixed", jitter: 0 };
}

export function compareTask(was: Placed, is: Placed, none: WithoutPolicy, types: TypePair, report: Report): void {
  const [before, after] = [was.task, is.task];
  const path = taskPath(is.namespace.name, after.key);
  const from = `${was.namespace.name}.${before.key}`;
  if (before.name !== after.name) {
    const safe = after.formerly?.includes(before.name) === true;
    report.add(
      safe ? "task_renamed_safely" : "task_renamed_or_replaced",
      [...path, "name"],
      `its wire name was "${before.name}", is "${after.name}"`,
      prefixChange(before, after, is.namespace.name),
    );
  }
  const forgotten = (before.formerly ?? []).filter(
    (name) => name !== after.name && after.formerly?.includes(name) !== true,
  );
  if (forgotten.length > 0)
    report.add("task_formerly_removed", path, `no longer accepts ${forgotten.map((name) => `"${name}"`).join(", ")}`);
  if (was.namespace.name !== is.namespace.name) report.add("task_namespace_changed", path, `was ${from}`);
  else if (before.key !== after.key) report.add("task_key_changed", path, `was ${from}`);
  compareFields(
    { kind: "parameter", path: [...path, "parameters"], before: before.parameters, after: after.parameters },
    types,
    report,
  );
  compareLimits(before, after, path, is.namespace.name, none, report);
}

/** A wire name may have changed with its namespace's prefix. */
function prefixChange(before: TaskModel, after: TaskModel, namespace: string): readonly Inherited[] {
  if (!before.name.endsWith(before.key) || !after.name.endsWith(after.key)) return [];
  const [was, is] = [before, after].map(({ name, key }) => name.slice(0, name.length - key.length));
  const message = `wire names began with "${was}", begin with "${is}"`;
  return [{ path: ["namespaces", namespace, "name_prefix"], message }];
}

/** Where a task may inherit a key from. */
function inheritedFrom(namespace: string, key: string): readonly Inherited[] {
  return [{ path: ["namespaces", namespace, key] }, { path: ["defaults", key] }];
}

function compareLimits(
  before: TaskModel,
  after: TaskModel,
  path: KeyPath,
  namespace: string,
  none: WithoutPolicy,
  report: Report,
): void {
  if (before.atMostOnce !== after.atMostOnce)
    report.add(
      after.atMostOnce ? "at_most_once_added" : "at_most_once_removed",
      [...path, "at_most_once"],
      `was ${before.atMostOnce}, is ${after.atMostOnce}`,
    );
  const duration = (ms: number | undefined) => (ms === undefined ? "none" : formatDuration(ms));
  const limit = (code: "deadline_shortened" | "expires_shortened", key: string, was?: number, is?: number) => {
    if ((is ?? Number.POSITIVE_INFINITY) < (was ?? Number.POSITIVE_INFINITY))
      report.add(code, [...path, key], `was ${duration(was)}, is ${duration(is)}`, inheritedFrom(namespace, key));
  };
  limit("deadline_shortened", "processing_deadline", before.processingDeadline, after.processingDeadline);
  limit("expires_shortened", "expires", before.expires, after.expires);
  if (before.retry !== undefined || after.retry !== undefined)
    compareRetry(before.retry ?? none.before, after.retry ?? none.after, path, namespace, report);
  if (before.retry?.timesExceeded === "discard" && after.retry?.timesExceeded === "deadletter") {
    const message = "times_exceeded was discard, is deadletter";
    report.add("retry_deadletters", [...path, "retry"], message, inheritedFrom(namespace, "retry"));
  }
  if (before.compression !== after.compression)
    report.add("compression_changed", [...path, "compression"], `was ${before.compression}, is ${after.compression}`);
  compareSchedule(before, after, [...path, "schedule"], report);
}

function compareRetry(was: RetryPolicy, is: RetryPolicy, task: KeyPath, namespace: string, report: Report): void {
  const path = [...task, "retry"];
  const inherited = inheritedFrom(namespace, "retry");
  if (is.times < was.times) report.add("retry_fewer", path, `times was ${was.times}, is ${is.times}`, inherited);
  if (was.timesExceeded === "deadletter" && is.timesExceeded === "discard")
    report.add("retry_discards", path, "times_exceeded was deadletter, is discard", inherited);
  if (is.times > 1)
    compareErrors(withoutRequested(was), withoutRequested(is), (code, message) =>
      report.add(code, path, message, inherited),
    );
  const times = ({ delay, backoff, maxDelay, jitter }: RetryPolicy) => ({ delay, backoff, maxDelay, jitter });
  if (was.times > 1 && is.times > 1 && !isDeepStrictEqual(times(was), times(is)))
    report.add("retry_delay_changed", path, `was ${delayText(was)}, is ${delayText(is)}`, inherited);
}

/** The policy without `RetryTaskError`: `task.retry()` always retries, whatever `on` and `ignore` contain. */
function withoutRequested(policy: RetryPolicy): RetryPolicy {
  const { on, ignore, ...rest } = policy;
  const named = (names: readonly string[]) => names.filter((name) => name !== "RetryTaskError");
  return {
    ...rest,
    ...(on === undefined ? {} : { on: named(on) }),
    ...(ignore === undefined ? {} : { ignore: named(ignore) }),
  };
}

/** Which errors are retried; a policy of one run retries none, whatever it names. */
function compareErrors(
  was: RetryPolicy,
  is: RetryPolicy,
  add: (code: "retry_errors_narrowed" | "retry_errors_widened", message: string) => void,
): void {
  const lost = is.on === undefined ? [] : (was.on ?? []).filter((name) => is.on?.includes(name) !== true);
  const ignored = (is.ignore ?? []).filter((name) => was.ignore?.includes(name) !== true);
  const only = was.on === undefined && is.on !== undefined ? [`only ${retriedText(is.on)} is retried`] : [];
  const no = [...lost, ...ignored];
  const narrowed = [...only, ...(no.length === 0 ? [] : [`no longer retried: ${no.join(", ")}`])];
  if (narrowed.length > 0) add("retry_errors_narrowed", narrowed.join("; "));
  if (was.times === 1) return;
  const named = was.on === undefined ? [] : (is.on ?? []).filter((name) => was.on?.includes(name) !== true);
  const any =
    was.on !== undefined && is.on === undefined ? [`any error is retried; only ${retriedText(was.on)} was`] : [];
  const freed = (was.ignore ?? []).filter((name) => is.ignore?.includes(name) !== true && is.on?.length !== 0);
  const now = [...named, ...freed.filter((name) => !named.includes(name))];
  const widened = [...any, ...(now.length === 0 ? [] : [`newly retried: ${now.join(", ")}`])];
  if (widened.length > 0) add("retry_errors_widened", widened.join("; "));
}

function retriedText(on: readonly string[]): string {
  return on.length === 0 ? "task.retry()" : on.join(", ");
}

function delayText({ delay, backoff, maxDelay, jitter }: RetryPolicy): string {
  const most = maxDelay === undefined ? "" : `, at most ${formatDuration(maxDelay)}`;
  return `${formatDuration(delay)} ${backoff}${most}${jitter === 0 ? "" : `, jitter ${jitter}`}`;
}

function compareSchedule(
  { schedule: was }: TaskModel,
  { schedule: is }: TaskModel,
  path: KeyPath,
  report: Report,
): void {
  if (was === undefined && is !== undefined) report.add("schedule_added", path, `is ${is.words}`);
  else if (was !== undefined && is === undefined) report.add("schedule_removed", path, `was ${was.words}`);
  else if (was !== undefined && is !== undefined) {
    const { words: before, ...old } = was;
    const { words: after, ...now } = is;
    if (!isDeepStrictEqual(old, now))
      report.add(
        "schedule_changed",
        path,
        before === after ? `${after}, with other options` : `was ${before}, is ${after}`,
      );
  }
}
