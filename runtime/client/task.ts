import { currentRun } from "../activation/current-run.js";
import type { Parameters } from "../activation/parameters.js";
import type { DelayManyOptions, DelayOptions, TaskSpec } from "../activation/task.js";
import { clientFor } from "./connect.js";
import { checkMany } from "./options.js";
import { send } from "./send.js";

/** Where a task keeps what codegen knows of it. */
export const SPEC: unique symbol = Symbol.for("taskwire.spec");

/** A task whose parameters may all be left out takes no argument. */
export type DelayArguments<I> = object extends I
  ? [input?: I, options?: DelayOptions]
  : [input: I, options?: DelayOptions];

export interface Delayed {
  /** The activation's id. */
  readonly id: string;
}

/** The typed client of one task: P is what its handler gets, I what a caller gives. */
export interface Task<P, I> {
  /**
   * Accepts one activation; resolves when it is durable in the log. A raw task appends its bytes as they are, with
   * `headers` as the only option.
   * Throws ParameterError, OptionError, OversizedError and AbsentNamespaceError before anything is appended, AppendError
   * and errors of the log.
   */
  delay(...args: DelayArguments<I>): Promise<Delayed>;
  /** Many at once, one append a batch; their ids in order. AppendError.appended says how many were accepted. */
  delayMany(inputs: readonly I[], options?: DelayManyOptions): Promise<string[]>;
  readonly [SPEC]: TaskSpec<P, I>;
}

/** The parameter schema is built at the first use, once: building one costs more than thousands of checks. */
export function task<P, I>(declared: TaskSpec<P, I>): Task<P, I> {
  let parameters: Parameters<P, I> | undefined;
  const spec: TaskSpec<P, I> = {
    ...declared,
    parameters: () => {
      parameters ??= declared.parameters();
      return parameters;
    },
  };
  const delay = async (input: unknown, options?: DelayOptions): Promise<Delayed> => {
    // The client is chosen before the first await: it may be closed by then, and another one connected.
    const client = clientFor(spec);
    // zod checks the input; the compiler's knowledge of it ends at the tuple above.
    const [id = ""] = await send(client, spec, spec.parameters(), [input as I], options);
    return { id };
  };
  const delayMany = async (inputs: readonly I[], options?: DelayManyOptions): Promise<string[]> => {
    const client = clientFor(spec);
    checkMany(spec, inputs, options);
    return send(client, spec, spec.parameters(), inputs, options);
  };
  return {
    delay: (...[input, options]) => tracked(delay(input, options)),
    delayMany: (inputs, options) => tracked(delayMany(inputs, options)),
    [SPEC]: spec,
  };
}

/** Within a run its outcome waits for the call. */
function tracked<T>(call: Promise<T>): Promise<T> {
  return currentRun()?.track(call) ?? call;
}
