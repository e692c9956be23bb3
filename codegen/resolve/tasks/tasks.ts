import {
  type FieldModel,
  PROCESSING_DEADLINE_MS,
  type RetryPolicy,
  type ScheduleModel,
  type TaskModel,
} from "taskwire/model";
import type { DefaultsSpec, Entry, NamespaceSpec, TaskSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import type { Sections } from "../../validate/sections.js";
import type { TypeResolver } from "../types/types.js";
import type { FactsHasher } from "./facts-hash.js";
import { labelsOf } from "./labels.js";
import type { RetryResolver } from "./retry.js";
import { resolveSchedule } from "./schedule.js";

interface TaskContext {
  readonly sections: Sections;
  readonly types: TypeResolver;
  readonly retries: RetryResolver;
  readonly facts: FactsHasher;
  readonly problems: Problems;
}

interface TaskParts {
  readonly namespace: Entry<NamespaceSpec>;
  /** Those that have the namespace; undefined: all. */
  readonly environments: readonly string[] | undefined;
  /** The application's defaults; undefined for a task of another application. */
  readonly defaults: DefaultsSpec | undefined;
  readonly task: Entry<TaskSpec>;
  /** Wire names. */
  readonly name: string;
  readonly formerly: readonly string[] | undefined;
  /** The policy of the namespace, else of the application. */
  readonly inherited: RetryPolicy | undefined;
}

/** Task beats namespace beats defaults beats built-in. */
export function resolveTask(parts: TaskParts, context: TaskContext): TaskModel {
  const { namespace, task, name, formerly, defaults, inherited } = parts;
  const { key: namespaceName, value: spec } = namespace;
  const { description, deprecated, silenced } = task.value;
  const said = <K extends "expires" | "processing_deadline" | "owner">(key: K) => task.value[key] ?? spec[key];
  const expires = (said("expires") ?? defaults?.expires)?.value;
  const processingDeadline = (said("processing_deadline") ?? defaults?.processing_deadline)?.value;
  const owner = said("owner")?.value;
  const labels = labelsOf(spec, task.value);
  const parameters = context.types.fields(task.value.parameters?.value ?? []);
  const retry = retryOf(task.value, inherited, context);
  const schedule = scheduleOf(parts, parameters, context);
  refuseWithoutWorker(namespace, task, context.problems);
  return {
    key: task.key,
    name,
    ...(description === undefined ? {} : { description: description.value }),
    ...(deprecated === undefined ? {} : { deprecated: deprecated.value }),
    ...(formerly === undefined ? {} : { formerly }),
    hash: context.facts.hash(namespaceName, parameters),
    parameters,
    ...(retry === undefined ? {} : { retry }),
    processingDeadline: processingDeadline ?? PROCESSING_DEADLINE_MS,
    ...(expires === undefined || expires === "never" ? {} : { expires }),
    atMostOnce: task.value.at_most_once?.value ?? false,
    compression: task.value.compression?.value ?? "auto",
    ...(silenced === undefined || silenced.value.length === 0
      ? {}
      : { silenced: silenced.value.map(({ value }) => value) }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(owner === undefined ? {} : { owner }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** A task that runs at most once inherits no policy, and its own may allow one run only. */
function retryOf(task: TaskSpec, inherited: RetryPolicy | undefined, context: TaskContext): RetryPolicy | undefined {
  const own = context.retries.resolve(task.retry);
  if (task.at_most_once?.value !== true) return task.retry === undefined ? inherited : own;
  if (own !== undefined && own.times !== 1 && task.retry !== undefined) {
    context.problems.add(task.retry.place, {
      code: "bad_retry",
      path: task.retry.path,
      expected: "times: 1 for a task that runs at most once",
      got: `times: ${own.times}`,
      hint: "remove at_most_once or retry",
    });
  }
  return own;
}

function scheduleOf(
  { namespace, environments, task }: TaskParts,
  parameters: readonly FieldModel[],
  { sections, types, problems }: TaskContext,
): ScheduleModel | undefined {
  const entry = task.value.schedule;
  if (entry === undefined) return undefined;
  if (namespace.value.raw !== undefined) {
    problems.add(entry.keyPlace, {
      code: "bad_schedule",
      path: entry.path,
      expected: "a schedule only where records are activations",
      got: "one in a raw namespace",
      sentence: "the task of a raw namespace cannot have a schedule",
      hint: "move the task to another namespace",
    });
    return undefined;
  }
  const whole = parameters.length === (task.value.parameters?.value.length ?? 0);
  return resolveSchedule(
    entry,
    { sections, environments, values: types.values(), parameters: whole ? parameters : undefined },
    problems,
  );
}

/** Keys that only the application that runs a task can use have no effect in an external namespace. */
function refuseWithoutWorker({ value: spec }: Entry<NamespaceSpec>, task: Entry<TaskSpec>, problems: Problems): void {
  if (spec.external === undefined) return;
  for (const key of ["schedule", "formerly", "silenced"] as const) {
    const entry = task.value[key];
    if (entry === undefined) continue;
    problems.add(entry.keyPlace, {
      code: "bad_external",
      path: entry.path,
      expected: "no such key on a task that another application runs",
      got: key,
      sentence: `${key} has no effect on a task that another application runs`,
      hint: "remove it; it belongs in the schema of that application",
    });
  }
}
