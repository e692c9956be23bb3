import type { FieldModel, NamedType, NamespaceModel, RetryPolicy, TaskModel } from "taskwire/model";
import type { Entry, NamespaceSpec, TaskSpec } from "../language/index.js";
import { formatPlace, type Place, type Problems } from "../problem.js";
import { factsHash } from "./facts-hash.js";
import { resolveRaw } from "./raw.js";
import type { RetryResolver } from "./retry.js";
import type { Sections } from "./sections.js";
import type { TypeResolver } from "./types.js";

/** Built-in processing deadline, in milliseconds. */
const PROCESSING_DEADLINE = 30_000;

/** Where a task says, or has from its namespace, how long it may take: for problems found later. */
export interface DeadlinePlace {
  readonly place: Place;
  readonly path: string;
}

export interface ResolvedNamespaces {
  readonly namespaces: readonly NamespaceModel[];
  /** By `<namespace>.<task>`. */
  readonly deadlines: ReadonlyMap<string, DeadlinePlace>;
}

export function resolveNamespaces(
  sections: Sections,
  types: TypeResolver,
  retries: RetryResolver,
  problems: Problems,
): ResolvedNamespaces {
  const named = new Map(types.named().map((type) => [type.name, type]));
  const wireNames = new Map<string, Entry<unknown>>();
  const deadlines = new Map<string, DeadlinePlace>();
  const namespaces = [...sections.namespaces.values()].map(({ key, value: namespace }): NamespaceModel => {
    const inherited = retries.resolve(namespace.retry);
    const tasks = (namespace.tasks?.value ?? []).map((task): TaskModel => {
      const name = task.value.name ?? { ...task, value: `${key}.${task.key}`, place: task.keyPlace };
      checkWireName(name, wireNames, problems);
      const deadline = task.value.processing_deadline ?? namespace.processing_deadline;
      deadlines.set(`${key}.${task.key}`, {
        place: deadline?.place ?? task.keyPlace,
        path: deadline?.path ?? task.path,
      });
      const parameters = types.fields(task.value.parameters?.value ?? []);
      const retry = retryOf(task.value, inherited, retries, problems);
      return taskModel({ namespace: key, spec: namespace, task, name: name.value, parameters, retry, named });
    });
    const { description } = namespace;
    const raw = resolveRaw(namespace, tasks, problems);
    return {
      name: key,
      ...(description === undefined ? {} : { description: description.value }),
      ...(raw === undefined ? {} : { raw }),
      tasks,
    };
  });
  return { namespaces, deadlines };
}

interface TaskParts {
  readonly namespace: string;
  readonly spec: NamespaceSpec;
  readonly task: Entry<TaskSpec>;
  readonly name: string;
  readonly parameters: readonly FieldModel[];
  readonly retry: RetryPolicy | undefined;
  readonly named: ReadonlyMap<string, NamedType>;
}

/** Task beats namespace beats built-in. */
function taskModel({ namespace, spec, task, name, parameters, retry, named }: TaskParts): TaskModel {
  const { description, expires = spec.expires, processing_deadline = spec.processing_deadline } = task.value;
  return {
    key: task.key,
    name,
    ...(description === undefined ? {} : { description: description.value }),
    hash: factsHash(name, namespace, parameters, named),
    parameters,
    ...(retry === undefined ? {} : { retry }),
    processingDeadline: processing_deadline?.value ?? PROCESSING_DEADLINE,
    ...(expires === undefined ? {} : { expires: expires.value }),
    atMostOnce: task.value.at_most_once?.value ?? false,
    compression: task.value.compression?.value ?? "auto",
  };
}

/** A task that runs at most once inherits no policy, and its own may allow one run only. */
function retryOf(
  task: TaskSpec,
  inherited: RetryPolicy | undefined,
  retries: RetryResolver,
  problems: Problems,
): RetryPolicy | undefined {
  const own = retries.resolve(task.retry);
  if (task.at_most_once?.value !== true) return task.retry === undefined ? inherited : own;
  if (own !== undefined && own.times !== 1 && task.retry !== undefined) {
    problems.add(task.retry.place, {
      code: "rule",
      path: task.retry.path,
      expected: "times: 1 for a task that runs at most once",
      got: `times: ${own.times}`,
      wayOut: "remove at_most_once or the retry",
    });
  }
  return own;
}

function checkWireName(name: Entry<string>, seen: Map<string, Entry<unknown>>, problems: Problems): void {
  const first = seen.get(name.value);
  if (first === undefined) {
    seen.set(name.value, name);
    return;
  }
  problems.add(name.place, {
    code: "duplicate",
    path: name.path,
    expected: "a wire name of its own",
    got: `"${name.value}" again`,
    wayOut: `the first is at ${formatPlace(first.place)}`,
  });
}
