import type { Parameters } from "../activation/parameters.js";
import { currentRun } from "../activation/run.js";
import type { DelayOptions, TaskSpec } from "../activation/task.js";
import { newId } from "../base/ids.js";
import type { LogRecord } from "../log/port.js";
import { clientFor } from "./connect.js";
import { timingOf } from "./options.js";
import { appendRaw, rawRecordOf } from "./raw.js";
import { appendWith, recordOf } from "./records.js";

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
   * Throws ParameterError, OptionError and OversizedError before anything is appended, AppendError and errors of the log.
   */
  delay(...args: DelayArguments<I>): Promise<Delayed>;
  /** Many at once, one append a batch; their ids in order. AppendError.appended says how many were accepted. */
  delayMany(inputs: readonly I[], options?: Omit<DelayOptions, "id">): Promise<string[]>;
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
    // Before anything is awaited: who closes the client meanwhile must not send this to another environment.
    const client = clientFor(spec.environments);
    if (spec.raw === true) {
      const record = rawRecordOf(spec, spec.parameters().check(spec.key, input as I), options);
      const [id = ""] = await client.during(() => appendRaw(client, spec, [record]));
      return { id };
    }
    const id = options?.id ?? newId();
    // zod checks it; what the type system knows of it ends at the tuple above.
    const written = spec.parameters().write(spec.key, input as I);
    const timing = timingOf(spec, options);
    await client.during(async () => appendWith(client, spec, [await recordOf(spec, written, id, timing)]));
    return { id };
  };
  const delayMany = async (inputs: readonly I[], options?: Omit<DelayOptions, "id">): Promise<string[]> => {
    const client = clientFor(spec.environments);
    const parameters = spec.parameters();
    if (spec.raw === true) {
      const records = inputs.map((input) => rawRecordOf(spec, parameters.check(spec.key, input), options));
      return client.during(() => appendRaw(client, spec, records));
    }
    const timing = timingOf(spec, options);
    const written = inputs.map((input) => parameters.write(spec.key, input));
    const ids = inputs.map(newId);
    await client.during(async () => {
      const records: LogRecord[] = [];
      for (const [index, bytes] of written.entries())
        records.push(await recordOf(spec, bytes, ids[index] ?? newId(), timing));
      await appendWith(client, spec, records);
    });
    return ids;
  };
  return {
    delay: (...[input, options]) => tracked(delay(input, options)),
    delayMany: (inputs, options) => tracked(delayMany(inputs, options)),
    [SPEC]: spec,
  };
}

/** Within a run its outcome waits for the call. */
function tracked<T>(call: Promise<T>): Promise<T> {
  currentRun()?.track(call);
  return call;
}
