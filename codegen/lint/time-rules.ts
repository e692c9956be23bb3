import { formatDuration, type RetryPolicy } from "taskwire/model";
import type { Place } from "../problem/problem.js";
import type { Node } from "../read/node.js";
import type { Finding, LintedTask, Rule } from "./rule.js";
import { entryOf, itemsOf, textOf, valueAt } from "./tree.js";

/** Where a task says it, or its namespace or the defaults do for it, or the task itself when nobody says it. */
function said(
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
  meaning: "A run may take longer than the activation may wait for it.",
  find: perTask((task) => {
    const { expires, processingDeadline } = task.model;
    if (expires === undefined || processingDeadline <= expires) return [];
    const text = `a run may take ${formatDuration(processingDeadline)}, but what waits longer than ${formatDuration(expires)} is dropped: one slow run costs those behind it; lengthen expires or shorten processing_deadline`;
    return [{ ...said(task, "expires"), text }];
  }),
};

/** A retry's expiry counts from its own append; it is dropped when its delay ends after that. */
const expiryBelowDelay: Rule = {
  code: "expiry_below_delay",
  meaning: "A retry expires before its delay is over, so that it never runs.",
  find: perTask((task) => {
    const { retry, expires } = task.model;
    if (retry === undefined || expires === undefined) return [];
    const longest = longestDelay(retry);
    if (longest < expires) return [];
    const text = `a retry waits up to ${formatDuration(longest)} and expires after ${formatDuration(expires)}: it is dropped without a run; lengthen expires, or shorten the delay (max_delay)`;
    return [{ ...said(task, "expires"), text }];
  }),
};

const retryNotInherited: Rule = {
  code: "retry_not_inherited",
  meaning: "A task that runs at most once does not take over its namespace's retry policy.",
  find: perTask((task) => {
    if (!task.model.atMostOnce || entryOf(task.node, "retry") !== undefined) return [];
    if (valueAt(task.namespace.node, "retry") === undefined) return [];
    const text =
      "at_most_once, so the namespace's retry is not taken over; write retry: { times: 1 } with the times_exceeded you want, or remove at_most_once";
    return [{ ...said(task, "at_most_once"), text }];
  }),
};

const scheduleOverlaps: Rule = {
  code: "schedule_overlaps",
  meaning: "A scheduled task may start again before its run has to be over.",
  find: perTask((task) => {
    const { schedule, processingDeadline } = task.model;
    if (schedule?.plan.kind !== "every" || schedule.plan.period >= processingDeadline) return [];
    const text = `starts every ${formatDuration(schedule.plan.period)}, but a run may take ${formatDuration(processingDeadline)}: two may run at once; shorten processing_deadline or start it less often`;
    return [{ ...said(task, "schedule"), text }];
  }),
};

const retryWithoutEffect: Rule = {
  code: "retry_without_effect",
  meaning:
    "A policy with one run says how further runs are delayed or chosen, or one names errors that it does not decide about.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, path }) => {
      if (times !== 1) return [...ignoreWithoutEffect(node, path), ...namesWithoutEffect(node, path)];
      return ["delay", "backoff", "max_delay", "jitter", "on", "ignore"].flatMap((key) => {
        const entry = entryOf(node, key);
        const text = "has no effect: times: 1 is one run, and no retry; raise times, or remove it";
        return entry === undefined ? [] : [{ place: entry.keyPlace, path: `${path}.${key}`, text }];
      });
    }),
};

/** `on: []`: retried only when the handler asks for it by `task.retry()`, whatever the error. */
function asksOnly(policy: Node): boolean {
  return valueAt(policy, "on")?.kind === "list" && itemsOf(valueAt(policy, "on")).length === 0;
}

function ignoreWithoutEffect(policy: Node, path: string): readonly Finding[] {
  const entry = entryOf(policy, "ignore");
  if (entry === undefined || itemsOf(entry.value).length === 0 || !asksOnly(policy)) return [];
  const text = "has no effect beside on: [], by which no error is retried by itself; remove it";
  return [{ place: entry.keyPlace, path: `${path}.ignore`, text }];
}

/** Errors that no policy decides about. */
const DECIDED: ReadonlyMap<string, string> = new Map([
  ["RetryTaskError", "what a handler asks for by task.retry() is retried whatever on and ignore name"],
  ["NoRetriesRemainingError", "it says that no run is left"],
  ["ParameterError", "it is never retried"],
  ["PermanentError", "it is never retried"],
]);

function namesWithoutEffect(policy: Node, path: string): readonly Finding[] {
  const on = itemsOf(valueAt(policy, "on"));
  return on.flatMap((item) => {
    const why = DECIDED.get(textOf(item));
    const instead = on.length === 1 ? "write on: [] for no error that is retried by itself" : "remove it";
    if (why === undefined) return [];
    return [{ place: item.place, path: `${path}.on`, text: `${textOf(item)} has no effect: ${why}; ${instead}` }];
  });
}

const retryAtOnce: Rule = {
  code: "retry_at_once",
  meaning: "A policy retries without any delay.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, delay, place, path }) => {
      // A handler that asks for another run may say when.
      if (times === 1 || delay > 0 || asksOnly(node)) return [];
      const text = `all ${times} runs follow at once, most likely into the same error; add delay: 10s`;
      return [{ place: entryOf(node, "delay")?.value.place ?? place, path, text }];
    }),
};

const jitterWithoutDelay: Rule = {
  code: "jitter_without_delay",
  meaning: "Jitter is a share of a delay, and there is none.",
  find: ({ policies }) =>
    policies.flatMap(({ node, times, delay, jitter: share, path }) => {
      const jitter = entryOf(node, "jitter");
      if (jitter === undefined || times === 1 || delay > 0 || share === 0) return [];
      const text = "is a share of the delay, which is 0: no effect; add a delay, or remove it";
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
