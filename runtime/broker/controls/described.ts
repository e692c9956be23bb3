import type { ArgumentValue } from "../../activation/arguments/select.js";
import type { ControlDocument, ControlsStatus, JsonValue } from "../../operations/documents/controls.js";
import type { CountedRule } from "../runtime-config/drop-rules.js";
import type { FileRule } from "../runtime-config/parse.js";
import { type Control, idOf } from "./control.js";
import type { Controls } from "./controls.js";

const MOST_IN_STATUS = 100;

/** A control that a person set. */
export function described(control: Control, controls: Controls): ControlDocument {
  const { kind, subject, by, reason, since, until } = control;
  const id = idOf(control);
  return {
    id,
    kind,
    subject,
    ...conditionsOf(control),
    by,
    reason,
    since: new Date(since).toISOString(),
    until: Number.isFinite(until) ? new Date(until).toISOString() : null,
    source: "person",
    line: null,
    dropped: kind === "kill" ? controls.dropped(id) : null,
    reach: controls.isShared(id) ? "pool" : "broker",
  };
}

function conditionsOf({ args, kwargs }: Pick<Control, "args" | "kwargs">): Pick<ControlDocument, "args" | "kwargs"> {
  return {
    ...(Object.keys(args).length > 0 && { args }),
    ...(Object.keys(kwargs).length > 0 && { kwargs }),
  };
}

/** The controls as the status shows them. */
export function controlsStatus(controls: Controls): ControlsStatus {
  const { inForce, version, problem = null } = controls;
  return {
    version,
    inForce: inForce.slice(0, MOST_IN_STATUS).map((control) => described(control, controls)),
    leftOut: Math.max(0, inForce.length - MOST_IN_STATUS),
    byKind: countedByKind(inForce),
    problem,
  };
}

/** How many there are of each kind. Exported for tests. */
export function countedByKind(controls: readonly Pick<Control, "kind">[]): ControlsStatus["byKind"] {
  const counts = { namespace: 0, task: 0, topic: 0, pool: 0, kill: 0 };
  for (const { kind } of controls) counts[kind] += 1;
  return counts;
}

/** A rule of the runtime configuration file. */
export function describedFileRule({ rule, dropped }: CountedRule<FileRule>, index: number): ControlDocument {
  const selected =
    rule.kind === "selector" ? conditionsOf({ args: jsonOf(rule.args), kwargs: jsonOf(rule.kwargs) }) : {};
  return {
    id: `${FILE_PREFIX}${rule.line ?? `#${index + 1}`}`,
    kind: "kill",
    subject: rule.name,
    ...selected,
    by: null,
    reason: "",
    since: null,
    until: null,
    source: "file",
    line: rule.line ?? null,
    dropped,
    reach: "broker",
  };
}

/** What ids of rules of the file begin with. */
export const FILE_PREFIX = "file:";

function jsonOf(values: ReadonlyMap<string | number, ArgumentValue>): Record<string, JsonValue> {
  return Object.fromEntries([...values].map(([key, value]) => [String(key), jsonValue(value)]));
}

function jsonValue(value: ArgumentValue): JsonValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) return jsonOf(value);
  return isList(value) ? value.map(jsonValue) : null;
}

function isList(value: ArgumentValue): value is readonly ArgumentValue[] {
  return Array.isArray(value);
}
