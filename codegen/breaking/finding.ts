import { below } from "../language/shape.js";
import { compare, type Place } from "../problem.js";
import { escapeUnseen } from "../unseen.js";
import { LEVELS, type Level } from "./level.js";
import type { Places } from "./places.js";
import type { Change } from "./report.js";
import { type RuleCode, ruleOf } from "./rules.js";

/** One change that matters, ready to be shown. */
export interface Finding extends Place {
  readonly code: RuleCode;
  readonly level: Level;
  /** Key path in the schema, written as in problems: `namespaces["ingest.errors"].tasks.save_event`. */
  readonly path: string;
  /** What was, and what is. */
  readonly message: string;
  /** What it does to whom. */
  readonly breaks: string;
  /** How to get there without breaking anything. */
  readonly rollout: string;
}

/** The gravest first, then by place. */
export function findingsOf(changes: readonly Change[], places: Places): readonly Finding[] {
  return changes
    .map(({ code, level, path, inherited, message }): Finding => {
      const { breaks, rollout } = ruleOf(code);
      const place = inherited === undefined ? places.of(path) : places.of(path, inherited);
      return { ...place, code, level, path: path.reduce(below, ""), message, breaks, rollout };
    })
    .sort(
      (a, b) =>
        LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
        compare(a.file, b.file) ||
        a.line - b.line ||
        a.column - b.column ||
        compare(a.path, b.path) ||
        compare(a.code, b.code),
    );
}

/** Three lines: place, level, code, key path and what changed; what it breaks; the way to roll it out. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, level, code, path, message, breaks, rollout } = finding;
  // Names and values may come from another's model: none may move the cursor or reorder what a reader sees.
  return `${escapeUnseen(`${file}:${line}:${column}: ${level} ${code}: ${path}: ${message}`)}\n  breaks: ${breaks}\n  roll out: ${rollout}`;
}
