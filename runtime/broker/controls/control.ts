import { hash64 } from "../../base/ids.js";
import type { JsonValue, PauseKind } from "../../operations/documents/controls.js";

export const PAUSE_KINDS: readonly PauseKind[] = ["namespace", "task", "topic", "pool"];

/** Longest subject, reason and name of a person, in characters. */
export const LONGEST = { subject: 300, reason: 500, by: 200 } as const;
/** Longest JSON of the conditions of a kill rule. */
const LONGEST_CONDITIONS = 4096;
const DEEPEST_VALUE = 32;
const LARGEST_POSITION = 1024;

export type Conditions = Readonly<Record<string, JsonValue>>;

/** What a person set. Times are milliseconds by the wall. */
export interface Control {
  readonly kind: PauseKind | "kill";
  /** Name of the namespace, topic or pool; wire name of the task. */
  readonly subject: string;
  /** Values of a kill rule, by position and by keyword. None at all: every activation of the task. */
  readonly args: Conditions;
  readonly kwargs: Conditions;
  readonly by: string;
  readonly reason: string;
  readonly since: number;
  /** Infinity: until a person ends it. */
  readonly until: number;
}

/** What identifies a control: a second one with the same id replaces the first. */
export function idOf({ kind, subject, args, kwargs }: Pick<Control, "kind" | "subject" | "args" | "kwargs">): string {
  if (kind !== "kill") return `${kind}/${subject}`;
  return `kill/${hash64(JSON.stringify([subject, sorted(args), sorted(kwargs)]))
    .toString(16)
    .padStart(16, "0")}`;
}

/** As it is written in the journal and in the topic of the controls. */
export function written({ until, args, kwargs, ...rest }: Control): object {
  return {
    ...rest,
    ...(Object.keys(args).length > 0 && { args }),
    ...(Object.keys(kwargs).length > 0 && { kwargs }),
    ...(until !== Number.POSITIVE_INFINITY && { until }),
  };
}

/** A control that was written. Throws an error that says what is wrong with it. */
export function controlOf(found: unknown): Control {
  const {
    kind,
    subject,
    args = {},
    kwargs = {},
    by,
    reason,
    since,
    until = Number.POSITIVE_INFINITY,
  } = fieldsOf(found);
  const known = [...PAUSE_KINDS, "kill" as const].find((each) => each === kind);
  if (known === undefined) throw new Error(`its kind is ${JSON.stringify(kind)}`);
  return {
    kind: known,
    subject: text(subject, "subject", LONGEST.subject),
    args: conditions(args, "args"),
    kwargs: conditions(kwargs, "kwargs"),
    by: text(by, "by", LONGEST.by),
    reason: text(reason, "reason", LONGEST.reason),
    since: time(since, "since"),
    until: time(until, "until"),
  };
}

/** Checks the conditions of a kill rule; throws an error that names the value. */
export function conditions(found: unknown, name: "args" | "kwargs"): Conditions {
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw new Error(`${name}: expected an object, found ${JSON.stringify(found)}`);
  const entries: [string, unknown][] = Object.entries(found);
  const checked: Record<string, JsonValue> = {};
  for (const [key, value] of entries) {
    if (key === "__proto__") throw new Error(`${name}: "__proto__" is no name of a parameter`);
    if (name === "args" && !(/^\d{1,4}$/.test(key) && Number(key) <= LARGEST_POSITION))
      throw new Error(`args: expected positions from 0 to ${LARGEST_POSITION} as keys, found ${JSON.stringify(key)}`);
    checked[key] = jsonValue(value, `${name}.${key}`, 0);
  }
  if (JSON.stringify(checked).length > LONGEST_CONDITIONS)
    throw new Error(`${name}: its JSON has more than ${LONGEST_CONDITIONS} characters`);
  return checked;
}

function jsonValue(found: unknown, path: string, depth: number): JsonValue {
  if (depth > DEEPEST_VALUE) throw new Error(`${path}: nested deeper than ${DEEPEST_VALUE}`);
  if (found === null || typeof found === "boolean" || typeof found === "string") return found;
  if (typeof found === "number") {
    if (!Number.isFinite(found) || (Number.isInteger(found) && !Number.isSafeInteger(found)))
      throw new Error(`${path}: ${found} is not exact; write an integer beyond 2^53 as a string`);
    return found;
  }
  if (Array.isArray(found)) return found.map((each: unknown, at) => jsonValue(each, `${path}[${at}]`, depth + 1));
  if (typeof found !== "object") throw new Error(`${path}: expected a value of JSON`);
  const inner: Record<string, JsonValue> = {};
  for (const [key, each] of Object.entries(found)) {
    if (key === "__proto__") throw new Error(`${path}: "__proto__" is no key`);
    inner[key] = jsonValue(each, `${path}.${key}`, depth + 1);
  }
  return inner;
}

function fieldsOf(found: unknown): Record<string, unknown> {
  if (typeof found !== "object" || found === null) throw new Error("it is not an object");
  return Object.fromEntries(Object.entries(found));
}

function text(found: unknown, name: string, longest: number): string {
  if (typeof found !== "string" || found.length > longest)
    throw new Error(`its ${name} is not a string of at most ${longest}`);
  return found;
}

function time(found: unknown, name: string): number {
  if (typeof found !== "number" || Number.isNaN(found)) throw new Error(`its ${name} is not a time`);
  return found;
}

function sorted(entries: Conditions): [string, JsonValue][] {
  return Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1));
}
