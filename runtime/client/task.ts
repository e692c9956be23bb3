import { encodeActivation } from "../activation/codec.js";
import type { Parameters } from "../activation/parameters.js";
import { currentRun } from "../activation/run.js";
import type { DelayOptions, TaskFacts, TaskSpec } from "../activation/task.js";
import { COMPRESSION_THRESHOLD_BYTES, compress } from "../activation/zstd.js";
import { messageOf } from "../base/errors.js";
import { newId } from "../base/ids.js";
import type { LogRecord } from "../log/port.js";
import { BATCH_BYTES, LARGEST_ACTIVATION_BYTES } from "../wire/limits.js";
import { type Client, clientFor } from "./connect.js";
import { AppendError, OversizedError } from "./errors.js";
import { type Timing, timingOf } from "./options.js";

const BATCH_RECORDS = 1000;

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
   * Accepts one activation; resolves when it is durable in the log.
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
    const id = options?.id ?? newId();
    // zod checks it; what the type system knows of it ends at the tuple above.
    const written = spec.parameters().write(spec.key, input as I);
    const timing = timingOf(spec, options);
    await client.during(async () => appendWith(client, spec, [await recordOf(spec, written, id, timing)]));
    return { id };
  };
  const delayMany = async (inputs: readonly I[], options?: Omit<DelayOptions, "id">): Promise<string[]> => {
    const client = clientFor(spec.environments);
    const timing = timingOf(spec, options);
    const parameters = spec.parameters();
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

/** The record of one activation; at-most-once ones have their id as key. */
export async function recordOf(facts: TaskFacts, written: Uint8Array, id: string, timing: Timing): Promise<LogRecord> {
  const { compression = "auto", retry } = facts;
  const packs = compression === "zstd" || (compression === "auto" && written.length > COMPRESSION_THRESHOLD_BYTES);
  const packed = packs ? await compress(written) : undefined;
  const value = encodeActivation({
    id,
    namespace: facts.namespace,
    task: facts.name,
    application: facts.application,
    headers: packed !== undefined ? new Map([...timing.headers, ["compression-type", "zstd"]]) : timing.headers,
    receivedAt: Date.now(),
    parameters: packed ?? written,
    retry: {
      attempts: 0,
      maxAttempts: retry?.times ?? 1,
      onExceeded: retry?.timesExceeded ?? "discard",
      atMostOnce: facts.atMostOnce ?? false,
      delay: retry === undefined || retry.delay === 0 ? undefined : retry.delay / 1000,
    },
    deadline: facts.processingDeadline / 1000,
    expires: timing.expires,
    delay: timing.delay,
  });
  if (value.length > LARGEST_ACTIVATION_BYTES)
    throw new OversizedError(facts.key, value.length, LARGEST_ACTIVATION_BYTES);
  return { key: facts.atMostOnce === true ? id : undefined, value };
}

export async function appendWith(client: Client, facts: TaskFacts, records: readonly LogRecord[]): Promise<void> {
  let appended = 0;
  while (appended < records.length) {
    const batch = batchFrom(records, appended);
    try {
      await client.append(facts.namespace, batch);
    } catch (error) {
      if (records.length === 1) throw error;
      throw new AppendError(facts.key, appended, records.length, messageOf(error), { cause: error });
    }
    appended += batch.length;
  }
}

function batchFrom(records: readonly LogRecord[], from: number): readonly LogRecord[] {
  let bytes = 0;
  let to = from;
  for (; to < records.length && to - from < BATCH_RECORDS; to += 1) {
    bytes += records[to]?.value.length ?? 0;
    if (bytes > BATCH_BYTES && to > from) break;
  }
  return records.slice(from, to);
}
