import type { FieldModel, RetryPolicy, ScheduleModel, TaskModel } from "taskwire/model";
import type { Entry, NamespaceSpec, TaskSpec } from "../language/index.js";
import type { Problems } from "../problem.js";
import type { FactsHasher } from "./facts-hash.js";
import type { RetryResolver } from "./retry.js";
import { resolveSchedule } from "./schedule.js";
import type { Sections } from "./sections.js";
import type { TypeResolver } from "./types.js";

/** Built-in processing deadline, in milliseconds. */
const PROCESSING_DEADLINE = 30_000;

export interface TaskContext {
  readonly sections: Sections;
  readonly types: TypeResolver;
  readonly retries: RetryResolver;
  readonly facts: FactsHasher;
  readonly problems: Problems;
}

export interface TaskParts {
  readonly namespace: Entry<NamespaceSpec>;
  readonly task: Entry<TaskSpec>;
  /** Wire names. */
  readonly name: string;
  readonly formerly: readonly string[] | undefined;
  /** Of the namespace. */
  readonly inherited: RetryPolicy | undefined;
}

/** Task beats namespace beats built-in. */
export function resolveTask(parts: TaskParts, context: TaskContext): TaskModel {
  const { namespace, task, name, formerly, inherited } = parts;
  const { key: namespaceName, value: spec } = namespace;
  const { description, deprecated, silenced } = task.value;
  const { expires = spec.expires, processing_deadline = spec.processing_deadline } = task.value;
  const parameters = context.types.fields(task.value.parameters?.value ?? []);
  const retry = retryOf(task.value, inherited, context);
  const schedule = scheduleOf(namespace, task, parameters, context);
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
    processingDeadline: processing_deadline?.value ?? PROCESSING_DEADLINE,
    ...(expires === undefined ? {} : { expires: expires.value }),
    atMostOnce: task.value.at_most_once?.value ?? false,
    compression: task.value.compression?.value ?? "auto",
    ...(silenced === undefined || silenced.value.length === 0
      ? {}
      : { silenced: silenced.value.map(({ value }) => value) }),
    ...(schedule === undefined ? {} : { schedule }),
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
      wayOut: "remove at_most_once or the retry",
    });
  }
  return own;
}

function scheduleOf(
  namespace: Entry<NamespaceSpec>,
  task: Entry<TaskSpec>,
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
      wayOut: "move the task to another namespace",
    });
    return undefined;
  }
  const whole = parameters.length === (task.value.parameters?.value.length ?? 0);
  return resolveSchedule(
    entry,
    { sections, values: types.values(), parameters: whole ? parameters : undefined },
    problems,
  );
}

/** What only the application that runs a task can do has no effect in an external namespace. */
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
      wayOut: "remove it; it belongs into the schema of that application",
    });
  }
}
