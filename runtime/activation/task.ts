import type { Duration } from "../base/duration.js";
import type { EnvironmentModel, Model, NamespaceModel, RetryPolicy, TaskModel } from "../model/model.js";
import type { RetryState } from "./activation.js";
import type { Parameters } from "./parameters.js";

/** What codegen knows of a task, without its types. Durations are milliseconds, whole seconds. */
export interface TaskFacts {
  /** `<namespace>.<task>` as in the YAML, for people. */
  readonly key: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  readonly application: string;
  /** Hash of the wire facts. */
  readonly hash: string;
  readonly processingDeadline: number;
  /** Absent: never expires. */
  readonly expires?: number;
  readonly atMostOnce?: boolean;
  /** Default "auto": zstd above 3 MB. */
  readonly compression?: "auto" | "zstd" | "none";
  /** Names of errors that are no news: a run that ends by one is not logged as a warning. */
  readonly silenced?: readonly string[];
  /** Who looks after it. */
  readonly owner?: string;
  /** Wire names it had before; workers still take them. */
  readonly formerly?: readonly string[];
  /** Absent: one run, then a dead letter. */
  readonly retry?: RetryPolicy;
  /** The records of its topic are its one parameter, bytes, and no activations. */
  readonly raw?: boolean;
}

/** The facts of a task by the model alone. */
export function factsOfModel({ application }: Model, namespace: NamespaceModel, task: TaskModel): TaskFacts {
  const { description: _, deprecated: __, parameters: ___, schedule: ____, labels: _____, key, ...facts } = task;
  return {
    ...facts,
    key: `${namespace.name}.${key}`,
    namespace: namespace.name,
    // What runs a task is in its activation: of an external one it is the other application.
    application: namespace.external?.application ?? application,
    ...(namespace.raw?.task === task.name ? { raw: true } : {}),
  };
}

/** The retry state of a first run. */
export function firstRetryState({ retry, atMostOnce = false }: TaskFacts): RetryState {
  return {
    attempts: 0,
    maxAttempts: retry?.times ?? 1,
    onExceeded: retry?.timesExceeded ?? "deadletter",
    atMostOnce,
    delay: retry === undefined || retry.delay === 0 ? undefined : retry.delay / 1000,
  };
}

/** What `task()` of the generated code takes: P is what a handler gets, I what a caller gives. */
export interface TaskSpec<P, I> extends TaskFacts {
  readonly parameters: () => Parameters<P, I>;
  readonly environments: () => Environments;
}

/** Environments by name, as generated/environments.ts holds them. */
export type Environments = Readonly<Record<string, EnvironmentModel>>;

/** A raw task takes headers only: its record has no place for the others, and its id is made of its position. */
export interface DelayOptions {
  /** Not before so long from now; whole seconds. Default: at once. */
  readonly countdown?: Duration;
  /** Dropped when not started so long from now; whole seconds. Default: the task's own. */
  readonly expires?: Duration;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: a new one. */
  readonly id?: string;
}

/** Options of `.delayMany()`: each activation gets an id of its own. */
export type DelayManyOptions = Omit<DelayOptions, "id">;
