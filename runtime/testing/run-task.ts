import type { Activation } from "../activation/activation.js";
import { decodeActivation, encodeActivation } from "../activation/encoding/codec.js";
import { rawActivation } from "../activation/raw.js";
import { type Registration, type Registry, registrations } from "../activation/registry.js";
import { ROOT_HEADER } from "../activation/retry.js";
import type { Handler, TaskRun } from "../activation/run.js";
import type { TaskFacts, TaskSpec } from "../activation/task.js";
import { type Clock, systemClock } from "../base/clock.js";
import { newId } from "../base/ids.js";
import { withHooks, withTrace } from "../client/headers.js";
import { timingOf } from "../client/options.js";
import { rawHeadersOf, rawRecordOf } from "../client/raw.js";
import { recordOf } from "../client/records.js";
import { SPEC, type Task } from "../client/task.js";
import { Executor } from "../worker/child/executor.js";
import type { RunResult } from "../worker/child/result.js";
import { TestingError } from "./errors.js";
import { outcomeOf, type RunOutcome } from "./outcome.js";
import { CallList, type Calls } from "./recording/calls.js";
import { Recorder } from "./recording/recorder.js";
import { takeCallsOf, takingCalls } from "./recording/stand-in.js";
import { watchedRegistry } from "./watched-registry.js";

export interface RunOptions {
  /** Default 1: the first run. */
  readonly attempt?: number;
  /** Default: a new one. */
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The clock of the processing deadline. Default: the real time. */
  readonly clock?: Clock;
}

/** The input may be omitted when all parameters are optional. */
export type RunArguments<I> = object extends I ? [input?: I, options?: RunOptions] : [input: I, options?: RunOptions];

/** How the run ended, and the calls it made. */
export type TaskRunResult<R> = RunOutcome<R> & {
  readonly id: string;
  /** The `.delay()` calls of the run, recorded and not sent. */
  readonly recorded: Calls;
};

/** What a run needs of its task, without its types. */
interface RunnableTask extends TaskFacts {
  readonly parameters: () => {
    check(task: string, input: unknown): unknown;
    write(task: string, input: unknown): Uint8Array;
  };
}

/**
 * Runs a task once in this process: its input is checked and encoded as by `.delay()`, decoded and checked as in a worker,
 * and the task's retry policy is applied to the result. `handlers`: the registry from defineHandlers, or the task's own
 * handler.
 * Throws ParameterError, OptionError and OversizedError as `.delay()` does, and TestingError `no_handler`.
 */
export function runTask<P, I, R>(
  handler: (parameters: NoInfer<P>, task: TaskRun) => R,
  task: Task<P, I>,
  ...args: RunArguments<NoInfer<I>>
): Promise<TaskRunResult<Awaited<R>>>;
export function runTask<P, I>(
  handlers: Registry,
  task: Task<P, I>,
  ...args: RunArguments<NoInfer<I>>
): Promise<TaskRunResult<unknown>>;
export async function runTask<P, I>(
  handlers: Registry | Handler<P>,
  task: Task<P, I>,
  ...args: RunArguments<NoInfer<I>>
): Promise<TaskRunResult<unknown>> {
  const [input, options = {}]: readonly [input?: unknown, options?: RunOptions] = args;
  const spec = task[SPEC];
  const own = handlerOf(typeof handlers === "function" ? registryOf(spec, handlers) : handlers, spec);
  const { id, bytes } = await activationOf(spec, input, options);
  const clock = options.clock ?? systemClock();
  const recorder = new Recorder(
    "the run of a task",
    () => clock.now(),
    async (calls) => takingCalls()?.overhear?.(calls),
  );
  const { result, value, error } = await perform(own, bytes, clock, recorder);
  return { ...outcomeOf(result, spec, value, error), id, recorded: new CallList(recorder.calls) };
}

function registryOf<P, I>(spec: TaskSpec<P, I>, handler: Handler<P>): Registry {
  const tasks = new Map(registrations(spec, handler).map((each) => [each.facts.name, each]));
  return { kind: "taskwire.registry", application: spec.application, tasks };
}

function handlerOf({ tasks, application }: Registry, { key, name }: TaskFacts): Registration {
  const found = tasks.get(name);
  if (found === undefined) {
    throw new TestingError(
      "no_handler",
      `the handlers of application "${application}" do not include ${key}; pass the registry that has it, or the handler itself`,
    );
  }
  return found;
}

/** The encoded activation of the call, as a worker gets it. */
async function activationOf(
  spec: RunnableTask,
  input: unknown,
  { attempt = 1, id: chosen, headers = {} }: RunOptions,
): Promise<{ readonly id: string; readonly bytes: Uint8Array }> {
  if (!Number.isSafeInteger(attempt) || attempt < 1)
    throw new TestingError("bad_attempt", `expected attempt to be a whole number of at least 1, got ${attempt}`);
  const id = chosen ?? newId();
  const { key } = spec;
  const parameters = spec.parameters();
  let first: Activation;
  if (spec.raw === true) {
    const checked = parameters.check(key, input);
    const given = await withTrace(withHooks(spec, rawHeadersOf(spec, { headers })));
    first = rawActivation(spec, id, rawRecordOf(spec, checked, given), Date.now());
  } else {
    const written = parameters.write(key, input);
    const timing = timingOf(spec, chosen === undefined ? { headers } : { headers, id });
    const given = await withTrace(withHooks(spec, timing.headers));
    first = decodeActivation((await recordOf(spec, written, id, { ...timing, headers: given })).value);
  }
  const retried = attempt === 1 ? first.headers : new Map([[ROOT_HEADER, id], ...first.headers]);
  const activation = { ...first, headers: retried, retry: { ...first.retry, attempts: attempt - 1 } };
  return { id, bytes: encodeActivation(activation) };
}

async function perform(
  own: Registration,
  activation: Uint8Array,
  clock: Clock,
  recorder: Recorder,
): Promise<{ readonly result: RunResult; readonly value: unknown; readonly error: unknown }> {
  let value: unknown;
  let error: unknown;
  let run: TaskRun | undefined;
  const registry: Registry = {
    kind: "taskwire.registry",
    application: own.facts.application,
    tasks: new Map([[own.facts.name, own]]),
  };
  const watched = watchedRegistry(registry, {
    starting: (task) => {
      run = task;
      takeCallsOf(task, recorder);
    },
    returned: (_task, returned) => {
      value = returned;
    },
    threw: (_task, thrown) => {
      error = thrown;
    },
    refused: (refused) => {
      error = refused;
    },
  });
  const result = await new Promise<RunResult>((resolve) => {
    const executor = new Executor(watched, clock, {
      ended: (_run, ended) => resolve(ended),
      interrupted: () => {},
      late: () => {},
    });
    executor.execute({ run: 1, activation, deadline: own.facts.processingDeadline });
  });
  if (result.kind !== "complete") error ??= run?.signal.reason ?? result.error;
  return { result, value, error };
}
