import { defaultInstruments, type Instruments, type MetricsSink } from "../instruments.js";
import { TaskContext, TimeoutException } from "../timing/task-context.js";
import type { Monotonic } from "../timing/timers.js";

export interface SamplingTaskOptions extends Partial<Instruments> {
  /** In snake_case, for instance `recalibrate_orgs_batch`. */
  readonly name: string;
}

/** Wraps a handler so that its start and duration are measured (dynamic-sampling.md 6). It gives the handler's value. */
export function dynamicSamplingTask({ name, ...given }: SamplingTaskOptions) {
  const instruments = { ...defaultInstruments, ...given };
  return <A extends readonly unknown[], R>(handler: (...args: A) => R): ((...args: A) => Promise<Awaited<R>>) =>
    (...args) =>
      measured(computeTaskName(name), instruments, () => handler(...args));
}

export interface ContextTaskOptions extends SamplingTaskOptions {
  /** Seconds that the context gives the handler. */
  readonly maxTaskExecution: number;
}

/** The part of a task run that a wrapped handler uses. */
export interface Stoppable {
  /** Aborted at the worker's deadline and shutdown: ends the handler at its next timed step. */
  readonly signal?: AbortSignal;
}

export type ContextHandler<P, T extends Stoppable> = (context: TaskContext, parameters: P, task: T) => unknown;

/**
 * Wraps a handler so that it gets a context with a limit, is measured, and ends with a log line of what it did
 * (dynamic-sampling.md 6). Nothing is returned. Rethrows TimeoutException after logging it; other errors pass unlogged.
 */
export function dynamicSamplingTaskWithContext({ name, maxTaskExecution, ...given }: ContextTaskOptions) {
  const instruments = { ...defaultInstruments, ...given };
  const base = computeTaskName(name);
  return <P, T extends Stoppable>(handler: ContextHandler<P, T>): ((parameters: P, task: T) => Promise<void>) =>
    (parameters, task) =>
      measured(base, instruments, async () => {
        const { monotonic } = instruments;
        const context = new TaskContext(base, maxTaskExecution, new Map(), { monotonic, signal: task?.signal });
        await logged(context, instruments, () => handler(context, parameters, task));
      });
}

async function logged(context: TaskContext, { log, metrics }: Instruments, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TimeoutException) {
      log.error("dynamic_sampling.task_timeout", { ...context.toDict() });
      metrics.count("dynamic_sampling.task_timeout", 1, { tags: { task_name: context.name } });
    }
    throw error;
  }
  log.info("dynamic_sampling.task_execution", { ...context.toDict() });
}

/**
 * Counts the start of a task, then runs it within its duration metric, which is emitted once at the end, tagged `result`
 * success or failure (dynamic-sampling.md 6). Errors pass.
 */
async function measured<T>(
  base: string,
  { metrics, monotonic }: { readonly metrics: MetricsSink; readonly monotonic: Monotonic },
  run: () => T,
): Promise<Awaited<T>> {
  metrics.count(`${base}.start`, 1, { sampleRate: 1 });
  const started = monotonic();
  let result = "failure";
  try {
    const value = await run();
    result = "success";
    return value;
  } finally {
    metrics.duration(base, monotonic() - started, { sampleRate: 1, tags: { result } });
  }
}

/** Base name of a task's metrics and the name of its context (dynamic-sampling.md 6); not its wire name. `name` is snake_case. */
export function computeTaskName(name: string): string {
  return `sentry.tasks.dynamic_sampling.${name}`;
}
