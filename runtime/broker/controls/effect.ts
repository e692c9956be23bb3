import type { ArgumentValue } from "../../activation/arguments/select.js";
import type { JsonValue } from "../../operations/documents/controls.js";
import type { Pauses } from "../inflight/events.js";
import type { DropRule } from "../runtime-config/drop-rules.js";
import type { Conditions, Control } from "./control.js";

/** What the machine keeps from being handed out. */
export function pausesOf(controls: readonly Control[], pool: string): Pauses {
  const subjects = (wanted: Control["kind"]) =>
    new Set(controls.filter(({ kind }) => kind === wanted).map(({ subject }) => subject));
  return {
    namespaces: subjects("namespace"),
    tasks: subjects("task"),
    topics: subjects("topic"),
    pool: subjects("pool").has(pool),
  };
}

/** A rule of a person; a control may need two. */
export type PersonsRule = DropRule & { readonly control: string };

/**
 * What a kill rule drops. Clients write integers beyond 2^53 as strings, so a string that looks like one matches the
 * string and, by a second rule, the integer.
 */
export function rulesOf({ subject: name, args, kwargs }: Control, control: string): PersonsRule[] {
  if (Object.keys(args).length + Object.keys(kwargs).length === 0) return [{ kind: "task", name, control }];
  const rules: PersonsRule[] = [selector(name, control, args, kwargs, (text) => text)];
  const large = [...Object.entries(args), ...Object.entries(kwargs)].filter(
    ([, value]) => largeInteger(value) !== undefined,
  );
  if (large.length > 0) rules.push(selector(name, control, args, kwargs, (text) => largeInteger(text) ?? text));
  return rules;
}

function selector(
  name: string,
  control: string,
  args: Conditions,
  kwargs: Conditions,
  textAs: (text: string) => ArgumentValue,
): PersonsRule {
  const each = ([key, value]: [string, JsonValue]): [string, ArgumentValue] => [
    key,
    typeof value === "string" ? textAs(value) : argumentValue(value),
  ];
  const byPosition = Object.entries(args).map(each);
  return {
    kind: "selector",
    name,
    control,
    args: new Map(byPosition.map(([position, value]) => [Number(position), value])),
    kwargs: new Map(Object.entries(kwargs).map(each)),
  };
}

function largeInteger(value: JsonValue): bigint | undefined {
  if (typeof value !== "string" || !/^-?\d{16,20}$/.test(value)) return undefined;
  const integer = BigInt(value);
  return integer > BigInt(Number.MAX_SAFE_INTEGER) || integer < BigInt(Number.MIN_SAFE_INTEGER) ? integer : undefined;
}

function argumentValue(value: JsonValue): ArgumentValue {
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(argumentValue);
  return new Map(Object.entries(value).map(([key, inner]) => [key, argumentValue(inner)]));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
