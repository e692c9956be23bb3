import type { Parameters } from "../activation/parameters.js";
import { currentRun } from "../activation/run.js";
import type { DelayManyOptions, DelayOptions, TaskSpec } from "../activation/task.js";
import { newId } from "../base/ids.js";
import type { LogRecord } from "../log/port.js";
import { type Client, clientFor } from "./connect.js";
import { withHooks, withTrace } from "./headers.js";
import { checkMany, timingOf } from "./options.js";
import { appendRaw, rawHeadersOf, rawRecordOf } from "./raw.js";
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
    // Before anything is awaited: who closes the client meanwhile must not send this to another environment.
    const client = clientFor(spec);
    if (spec.raw === true) {
      // zod checks it; what the type system knows of it ends at the tuple above.
      const [id = ""] = await sendRaw(client, [input as I], options);
      return { id };
    }
    const id = options?.id ?? newId();
    const written = spec.parameters().write(spec.key, input as I);
    const timing = timingOf(spec, options);
    const given = withHooks(spec, timing.headers);
    await client.during(async () => {
      const headers = await withTrace(given);
      await appendWith(client, spec, [await recordOf(spec, written, id, { ...timing, headers })]);
    });
    return { id };
  };
  const delayMany = async (inputs: readonly I[], options?: DelayManyOptions): Promise<string[]> => {
    const client = clientFor(spec);
    checkMany(spec, inputs, options);
    if (spec.raw === true) return sendRaw(client, inputs, options);
    const parameters = spec.parameters();
    const timing = timingOf(spec, options);
    const given = withHooks(spec, timing.headers);
    const written = inputs.map((input) => parameters.write(spec.key, input));
    const ids = inputs.map(newId);
    await client.during(async () => {
      const headers = await withTrace(given);
      const records: LogRecord[] = [];
      for (const [index, bytes] of written.entries())
        records.push(await recordOf(spec, bytes, ids[index] ?? newId(), { ...timing, headers }));
      await appendWith(client, spec, records);
    });
    return ids;
  };
  const sendRaw = (client: Client, inputs: readonly I[], options: DelayOptions | undefined): Promise<string[]> => {
    const given = withHooks(spec, rawHeadersOf(spec, options));
    const checked = inputs.map((input) => spec.parameters().check(spec.key, input));
    return client.during(async () => {
      const headers = await withTrace(given);
      return appendRaw(
        client,
        spec,
        checked.map((parameters) => rawRecordOf(spec, parameters, headers)),
      );
    });
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
