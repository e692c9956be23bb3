import type { Level } from "../rules/level.js";
import { type RuleCode, ruleOf } from "../rules/rules.js";

/** Keys of the schema, from its top: `["namespaces", "ingest.errors", "tasks", "save_event"]`. */
export type KeyPath = readonly string[];

/** A key whose value tasks inherit. */
export interface Inherited {
  readonly path: KeyPath;
  /** What was and is, said of the key itself; default: as it is said of the task. */
  readonly message?: string;
}

/** One change, not yet with its place in a file. */
export interface Change {
  readonly code: RuleCode;
  readonly level: Level;
  /** Where it stands in the new schema, or stood in the old one. */
  readonly path: KeyPath;
  /** Where it may stand instead, the nearest first: what a task has from its namespace or from the defaults. */
  readonly inherited?: readonly Inherited[];
  /** What was, and what is. */
  readonly message: string;
}

/** Collects the changes of one comparison. */
export class Report {
  readonly #changes: Change[] = [];

  add(code: RuleCode, path: KeyPath, message: string, inherited?: readonly Inherited[]): void {
    const { level } = ruleOf(code);
    this.#changes.push({ code, level, path, message, ...(inherited === undefined ? {} : { inherited }) });
  }

  changes(): readonly Change[] {
    return this.#changes;
  }
}
