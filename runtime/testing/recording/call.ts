import { decodeActivation, encodeActivation } from "../../activation/encoding/codec.js";
import { rawActivation, rawId } from "../../activation/raw.js";
import type { CalledTask } from "../../client/connect.js";
import { SPEC, type Task } from "../../client/task.js";
import type { LogRecord, Position } from "../../log/port.js";

/** One `.delay()` call that was recorded. */
export interface Call<P = unknown> {
  readonly id: string;
  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  /** As the handler gets them: encoded and decoded, with defaults applied. */
  readonly parameters: P;
  /** Seconds; undefined: at once. */
  readonly countdown: number | undefined;
  /** Seconds; undefined: never. */
  readonly expires: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A call and what would have been appended for it. */
export interface RecordedCall extends Call {
  readonly spec: CalledTask;
  readonly record: LogRecord;
}

/**
 * The call behind a record, decoded as in a worker. Rejects with ParameterError when a worker could not decode it.
 * `place`: the position, from which the id of a raw record follows. `at`: the time of the call.
 */
export async function callOf(spec: CalledTask, record: LogRecord, place: Position, at: number): Promise<RecordedCall> {
  const stamped = stamp(spec, record, at);
  const activation =
    spec.raw === true ? rawActivation(spec, rawId(place), record, at) : decodeActivation(stamped.value);
  const { id, headers, parameters: bytes, delay, expires } = activation;
  const compressed = headers.get("compression-type") === "zstd";
  const parameters = await spec.parameters().read(spec.key, { bytes, compressed });
  const own = [...headers].filter(([name]) => name !== "compression-type");
  const call = { id, task: spec.key, parameters, countdown: delay, expires, headers: Object.fromEntries(own) };
  return { ...call, spec, record: stamped };
}

/** The record with another receive time, milliseconds on the test's clock. */
export function stamp({ raw }: { readonly raw?: boolean }, record: LogRecord, at: number): LogRecord {
  if (raw === true) return record;
  return { ...record, value: encodeActivation({ ...decodeActivation(record.value), receivedAt: at }) };
}

/** Whether it is a call of this task, and so has its parameters' type. */
export function isCallOf<P, I>(call: Call, task: Task<P, I>): call is Call<P> {
  return call.task === task[SPEC].key;
}
