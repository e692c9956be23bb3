import { formatDuration, type RetryPolicy } from "taskwire/model";
import type { Place } from "../problem/problem.js";
import type { Node } from "../read/node.js";
import type { Finding, LintedTask, Rule } from "./rule.js";
import { entryOf, itemsOf, textOf, valueAt } from "./tree.js";

/** Where a task's key is written: at the task, its namespace or the defaults; the task itself when nowhere. */
function declaredAt(
  { node, place, path, namespace }: LintedTask,
  key: string,
): { readonly place: Place; readonly path: string } {
  const own = entryOf(node, key);
  if (own !== undefined) return { place: own.value.place, path: `${path}.${key}` };
  for (const from of [namespace, namespace.defaults]) {
    const inherited = entryOf(from?.node, key);
    if (from !== undefined && inherited !== undefined)
      return { place: inherited.value.place, path: `${from.path}.${key}` };
  }
  return { place, path };
}

/** Longest time between two runs, in milliseconds, without jitter. */
function longestDelay({ times, delay, backoff, maxDelay }: RetryPolicy): number {
  if (times === 1) return 0;
  const last = backoff === "exponential" ? delay * 2 ** Math.min(times - 2, 60) : delay;
  return Math.min(last, maxDelay ?? Number.POSITIVE_INFINITY);
}

function perTask(find: (task: LintedTask) => readonly Finding[]): Rule["find"] {
  return ({ tasks }) => tasks.flatMap(find);
}

const deadlineOverExpiry: Rule = {
  code: "deadline_over_expiry",
  meaning: "A run may take longer than an activation may wait.",
  find: perTask((task) => {
    const { expires, processingDeadline } = task.model;
    if (expires === undefined || processingDeadline <= expires) return [];
    const text = `a run may take ${formatDuration(processingDeadline)}, but activations that wait longer than ${formatDuration(expires)} are dropped: one slow run can drop those behind it; lengthen expires, or shorten processing_deadline`;
    return [{ ...declaredAt(task, "expires"), text }];
  }),
};

/** A retry's expiry counts from its own append; a delay that ends later drops it. */
const expiryBelowDelay: Rule = {
  code: "expiry_below_delay",
  meaning: "A retry expires before its delay ends, so it never runs.",
  find: perTask((task) => {
    const { retry, expires } = task.model;
    if (retry === undefined || expires === undefined) return [];
    const longest = longestDelay(retry);
    if (longest < expires) return [];
    const text = `a retry waits up to ${formatDuration(longest)} but expires after ${formatDuration(expires)}, so it is dropped without a run; lengthen expires, or shorten the delay (max_delay)`;
    return [{ ...declaredAt(task, "expires"), text }];
  }),
};

const retryNotInherited: Rule = {
  code: "retry_not_inherited",
  meaning: "A task that runs at most once does not inherit its namespace's retry policy.",
  find: perTask((task) => {
    if (!task.model.atMostOnce || entryOf(task.node, "retry") !== undefined) return [];
    if (valueAt(task.namespace.node, "retry") === undefined) return [];
    const text =
      "a task with at_most_once does not inherit the namespace's retry; write retry: { times: 1 } with the times_exceeded you want, or remove at_most_once";
    return [{ ...declaredAt(task, "at_most_once"), text }];
  }),
};

const scheduleOverlaps: Rule = {
  code: "schedule_overlaps",
  meaning: "A scheduled task may start again before the previous run has ended.",
  find: perTask((task) => {
    const { schedule, processingDeadline } = task.model;
    if (schedule?.plan.kind !== "every" || schedule.plan.period >= processingDeadline) return [];
    const text = `starts every ${formatDuration(schedule.plan.period)}, but a run may take ${formatDuration(processingDeadline)}: two runs may overlap; shorten processing_deadline, or lengthen the period`;
    return [{ ...declaredAt(task, "schedule"), text }];
  }),
};

const retryWithoutEffect: Rule = {
  code: "retry_without_effect",
  meaning:
    "A policy has keys or error names without effect: it allows only one run, or the outcome does not depend on them.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, path }) => {
      if (times !== 1) return [...ignoreWithoutEffect(node, path), ...namesWithoutEffect(node, path)];
      return ["delay", "backoff", "max_delay", "jitter", "on", "ignore"].flatMap((key) => {
        const entry = entryOf(node, key);
        const text = "has no effect: times: 1 means one run and no retry; raise times, or remove it";
        return entry === undefined ? [] : [{ place: entry.keyPlace, path: `${path}.${key}`, text }];
      });
    }),
};

/** `on: []`: no error is retried, only calls of `task.retry()`. */
function retriesOnRequestOnly(policy: Node): boolean {
  return valueAt(policy, "on")?.kind === "list" && itemsOf(valueAt(policy, "on")).length === 0;
}

function ignoreWithoutEffect(policy: Node, path: string): readonly Finding[] {
  const entry = entryOf(policy, "ignore");
  if (entry === undefined || itemsOf(entry.value).length === 0 || !retriesOnRequestOnly(policy)) return [];
  const text = "has no effect beside on: [], which retries no error; remove it";
  return [{ place: entry.keyPlace, path: `${path}.ignore`, text }];
}

/** Errors whose outcome no policy changes. */
const DECIDED: ReadonlyMap<string, string> = new Map([
  ["RetryTaskError", "task.retry() always retries, whatever on and ignore contain"],
  ["NoRetriesRemainingError", "it means that no attempt is left"],
  ["ParameterError", "it is never retried"],
  ["PermanentError", "it is never retried"],
]);

function namesWithoutEffect(policy: Node, path: string): readonly Finding[] {
  const on = itemsOf(valueAt(policy, "on"));
  return on.flatMap((item) => {
    const why = DECIDED.get(textOf(item));
    const instead = on.length === 1 ? "write on: [] to retry no error" : "remove it";
    if (why === undefined) return [];
    return [{ place: item.place, path: `${path}.on`, text: `${textOf(item)} has no effect: ${why}; ${instead}` }];
  });
}

const retryAtOnce: Rule = {
  code: "retry_at_once",
  meaning: "A policy retries without any delay.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, delay, place, path }) => {
      // task.retry() may set its own delay.
      if (times === 1 || delay > 0 || retriesOnRequestOnly(node)) return [];
      const text = `all ${times} attempts follow immediately and probably fail with the same error; add delay: 10s`;
      return [{ place: entryOf(node, "delay")?.value.place ?? place, path, text }];
    }),
};

const jitterWithoutDelay: Rule = {
  code: "jitter_without_delay",
  meaning: "Jitter is a share of the delay, and the delay is 0.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, delay, jitter: share, path }) => {
      const jitter = entryOf(node, "jitter");
      if (jitter === undefined || times === 1 || delay > 0 || share === 0) return [];
      const text = "has no effect: it is a share of the delay, which is 0; add a delay, or remove it";
      return [{ place: jitter.keyPlace, path: `${path}.jitter`, text }];
    }),
};

export const TIME_RULES: readonly Rule[] = [
  deadlineOverExpiry,
  expiryBelowDelay,
  retryNotInherited,
  scheduleOverlaps,
  retryWithoutEffect,
  retryAtOnce,
  jitterWithoutDelay,
];
