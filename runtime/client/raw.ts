import { LARGEST_RAW_BYTES } from "../activation/raw.js";
import type { DelayOptions, TaskFacts } from "../activation/task.js";
import { OptionError } from "../base/option-error.js";
import type { LogRecord } from "../log/port.js";
import { OversizedError } from "./errors.js";
import { timingOf } from "./options.js";

/** Options that only the record of an activation carries. */
const NOT_CARRIED = ["countdown", "expires", "id"] as const;

/** The headers of a call of a raw task. Throws OptionError for options that its records cannot carry. */
export function rawHeadersOf(facts: TaskFacts, options: DelayOptions = {}): ReadonlyMap<string, string> {
  for (const name of NOT_CARRIED) {
    if (options[name] !== undefined)
      throw new OptionError(
        facts.key,
        `options.${name}: the records of a raw task carry its bytes and headers only; leave it out, or use a task of another namespace`,
      );
  }
  return timingOf(facts, options).headers;
}

/** The record of one call of a raw task: the bytes that are its one parameter, and the headers. Throws OversizedError. */
export function rawRecordOf(facts: TaskFacts, parameters: unknown, headers: ReadonlyMap<string, string>): LogRecord {
  const [value]: unknown[] = Object.values(parameters ?? {});
  if (!(value instanceof Uint8Array))
    throw new TypeError(`${facts.key}: expected exactly one parameter of type bytes for a raw task`);
  if (value.length > LARGEST_RAW_BYTES) throw new OversizedError(facts.key, value.length, LARGEST_RAW_BYTES);
  return headers.size === 0 ? { value } : { value, headers: Object.fromEntries(headers) };
}
