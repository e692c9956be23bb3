import { below } from "../language/shapes/shape.js";
import { escapeInvisible } from "../problem/escape-invisible.js";
import { compare, type Place } from "../problem/problem.js";
import type { Change, KeyPath } from "./compare/report.js";
import type { Places } from "./places.js";
import { LEVELS, type Level } from "./rules/level.js";
import { type RuleCode, ruleOf } from "./rules/rules.js";

/** One change with its place and rule. */
export interface Finding extends Place {
  readonly code: RuleCode;
  readonly level: Level;
  /** Key path in the schema, written as in problems: `namespaces["ingest.errors"].tasks.save_event`. */
  readonly path: string;
  /** What was, and what is. */
  readonly message: string;
  /** What the change breaks. */
  readonly breaks: string;
  /** How to roll the change out without breaking anything. */
  readonly rollout: string;
}

/** Most severe first, then by place. Changes that several tasks inherit from one key are one finding, at that key. */
export function findingsOf(changes: readonly Change[], places: Places): readonly Finding[] {
  const findings: Finding[] = [];
  const shared = new Map<string, Shared[]>();
  for (const change of changes) {
    const key = inheritedKey(change, places);
    if (key === undefined) findings.push(finding(change, change.path, change.message, places.near(change.path)));
    else {
      const { path, message = change.message } = key.key;
      const group = [change.code, path.join("\0"), message].join("\0\0");
      shared.set(group, [...(shared.get(group) ?? []), { change, path, message, place: key.place }]);
    }
  }
  for (const group of shared.values()) findings.push(...sharedFindings(group));
  return findings.sort(
    (a, b) =>
      LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.path, b.path) ||
      compare(a.code, b.code),
  );
}

interface Shared {
  readonly change: Change;
  /** The key that is inherited. */
  readonly path: KeyPath;
  readonly message: string;
  readonly place: Place;
}

/** The inherited key that a change comes from, when its own key is not written. */
function inheritedKey({ path, inherited = [] }: Change, places: Places) {
  if (places.exact(path) !== undefined) return undefined;
  for (const key of inherited) {
    const place = places.exact(key.path);
    if (place !== undefined) return { key, place };
  }
  return undefined;
}

/** Number of tasks named in a message. */
const SHOWN = 3;

function sharedFindings(group: readonly Shared[]): readonly Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const { change, path, message, place } = first;
  if (group.length === 1) return [finding(change, change.path, change.message, place)];
  const tasks = group.map(
    ({
      change: {
        path: [, namespace = "", , task = ""],
      },
    }) => `${namespace}.${task}`,
  );
  const named = `${tasks.slice(0, SHOWN).join(", ")}${tasks.length > SHOWN ? ", ..." : ""}`;
  return [finding(change, path, `${message} (${tasks.length} tasks: ${named})`, place)];
}

function finding({ code, level }: Change, path: KeyPath, message: string, place: Place): Finding {
  const { breaks, rollout } = ruleOf(code);
  return { ...place, code, level, path: path.reduce(below, ""), message, breaks, rollout };
}

/** Three lines: place, level, code, key path and what changed; what it breaks; how to roll it out. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, level, code, path, message, breaks, rollout } = finding;
  // Names and values may come from someone else's model: none may move the cursor or reorder what a reader sees.
  return `${escapeInvisible(`${file}:${line}:${column}: ${level} ${code}: ${path}: ${message}`)}\n  breaks: ${breaks}\n  roll out: ${rollout}`;
}
