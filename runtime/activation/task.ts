import type { Duration } from "../base/duration.js";
import type { EnvironmentModel, Model, NamespaceModel, RetryPolicy, TaskModel } from "../model/model.js";
import type { RetryState } from "./activation.js";
import type { Parameters } from "./parameters.js";

/** A task as codegen knows it, without its types. Durations are milliseconds, whole seconds. */
export interface TaskFacts {
  /** `<namespace>.<task>` as in the YAML, for messages. */
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
  /** Names of expected errors: runs that fail with one are logged at debug level. */
  readonly silenced?: readonly string[];
  /** Who owns it. */
  readonly owner?: string;
  /** Previous wire names; workers still accept them. */
  readonly formerly?: readonly string[];
  /** Absent: one run, then a dead letter. */
  readonly retry?: RetryPolicy;
  /** The records of its topic are not activations: each is the task's one parameter, of type bytes. */
  readonly raw?: boolean;
}

/** The facts of a task, from the model. */
export function factsOfModel({ application }: Model, namespace: NamespaceModel, task: TaskModel): TaskFacts {
  const { description: _, deprecated: __, parameters: ___, schedule: ____, labels: _____, key, ...facts } = task;
  return {
    ...facts,
    key: `${namespace.name}.${key}`,
    namespace: namespace.name,
    // The activation carries the application that runs the task; an external task runs in the other one.
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

/** The argument of `task()` in generated code. P: what a handler gets; I: what a caller passes. */
export interface TaskSpec<P, I> extends TaskFacts {
  readonly parameters: () => Parameters<P, I>;
  readonly environments: () => Environments;
}

/** Environments by name, as exported by generated/environments.ts. */
export type Environments = Readonly<Record<string, EnvironmentModel>>;

/** A raw task takes only `headers`: its record cannot carry the others, and its id follows from its position. */
export interface DelayOptions {
  /** How long to wait before the first run; whole seconds. Default: none. */
  readonly countdown?: Duration;
  /** Dropped if not started within this time; whole seconds. Default: the task's own. */
  readonly expires?: Duration;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: a new one. */
  readonly id?: string;
}

/** Options of `.delayMany()`; each activation gets its own id. */
export type DelayManyOptions = Omit<DelayOptions, "id">;
