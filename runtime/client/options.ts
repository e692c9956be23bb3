import type { DelayManyOptions, DelayOptions, TaskFacts } from "../activation/task.js";
import { wholeSeconds } from "../base/duration.js";
import { messageOf } from "../base/errors.js";
import { checkNames, kindOf, OptionError } from "../base/option-error.js";
import { checkHeaders } from "./headers.js";

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
