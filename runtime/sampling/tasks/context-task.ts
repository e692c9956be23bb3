import { TaskContext } from "../timing/task-context.js";
import { TimeoutException } from "../timing/timeout-exception.js";
import { defaultInstruments, type Instruments } from "./instruments.js";
import { measured } from "./measured.js";
import type { SamplingTaskOptions } from "./sampling-task.js";
import { computeTaskName } from "./task-name.js";

export interface ContextTaskOptions extends SamplingTaskOptions {
  /** Seconds that the context gives the handler. */
  readonly maxTaskExecution: number;
}

/** What a wrapped handler's second argument may carry: a worker's task run does. */
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
