import { MOST_HEADER_BYTES } from "../activation/encoding/bounds.js";
import { isReservedHeader } from "../activation/headers.js";
import { isPlain } from "../activation/parameter/kinds.js";
import { LONE_SURROGATE } from "../activation/parameter/lower.js";
import type { DelayManyOptions, DelayOptions, TaskFacts } from "../activation/task.js";
import { wholeSeconds } from "../base/duration.js";
import { messageOf } from "../base/errors.js";
import { checkNames, kindOf, OptionError } from "../base/option-error.js";

/** Checked options, durations as whole seconds. */
export interface Timing {
  readonly delay: number | undefined;
  readonly expires: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** The caller chose the id: it is an idempotency key. */
  readonly chosenId: boolean;
}

const KNOWN = ["countdown", "expires", "headers", "id"] as const;
const ID = /^[!-~]{1,200}$/;
/** What encoding adds to a header, at most. */
const HEADER_FRAME_BYTES = 8;
const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** Throws OptionError. */
export function timingOf(facts: TaskFacts, options: DelayOptions = {}): Timing {
  checkNames(facts.key, "options", options, KNOWN);
  const { id } = options;
  if (id !== undefined && (typeof id !== "string" || !ID.test(id)))
    throw new OptionError(
      facts.key,
      `options.id: expected 1 to 200 printable ASCII characters, got ${JSON.stringify(id)?.slice(0, 80)}`,
    );
  const delay = seconds(facts, "countdown", options.countdown);
  const own = facts.expires === undefined ? undefined : facts.expires / 1000;
  return {
    delay: delay === 0 ? undefined : delay,
    expires: seconds(facts, "expires", options.expires) ?? own,
    headers: options.headers === undefined ? NO_HEADERS : checkHeaders(facts, "options.headers", options.headers),
    chosenId: id !== undefined,
  };
}

function seconds(facts: TaskFacts, name: string, duration: DelayOptions["countdown"]): number | undefined {
  if (duration === undefined) return undefined;
  try {
    return wholeSeconds(duration);
  } catch (error) {
    throw new OptionError(facts.key, `options.${name}: ${messageOf(error)}`);
  }
}

/** Throws OptionError for an id that would be that of several activations. */
export function checkMany(facts: TaskFacts, inputs: readonly unknown[], options: DelayManyOptions | undefined): void {
  if (!Array.isArray(inputs))
    throw new OptionError(facts.key, `delayMany: expected an array of inputs, got ${kindOf(inputs)}`);
  if (typeof options === "object" && options !== null && "id" in options && options.id !== undefined)
    throw new OptionError(
      facts.key,
      "options.id: one id cannot be that of several activations; leave it out, or call delay(input, { id }) for each",
    );
}

/** Throws OptionError; `where` names the headers in it. */
export function checkHeaders(
  facts: TaskFacts,
  where: string,
  headers: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> {
  if (!isPlain(headers))
    throw new OptionError(facts.key, `${where}: expected an object of strings, got ${kindOf(headers)}`);
  const checked = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string")
      throw new OptionError(facts.key, `${where}.${name}: expected string, got ${typeof value}`);
    if (LONE_SURROGATE.test(name) || LONE_SURROGATE.test(value))
      throw new OptionError(facts.key, `${where}.${name}: expected a string, got one with half of a surrogate pair`);
    if (isReservedHeader(name)) throw new OptionError(facts.key, `${where}: the name "${name}" is taskwire's own`);
    checked.set(name, value);
  }
  const bytes = bytesOf(checked);
  if (bytes > MOST_HEADER_BYTES)
    throw new OptionError(
      facts.key,
      `${where}: expected at most ${MOST_HEADER_BYTES} bytes in all, got ${bytes}; pass large data as a parameter`,
    );
  return checked;
}

/** Whether a producer may send so many bytes of headers. */
export function headersFit(headers: ReadonlyMap<string, string>): boolean {
  return bytesOf(headers) <= MOST_HEADER_BYTES;
}

function bytesOf(headers: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += HEADER_FRAME_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}
