import type { Level } from "../rules/level.js";
import { type RuleCode, ruleOf } from "../rules/rules.js";

/** Keys of the schema, from its top: `["namespaces", "ingest.errors", "tasks", "save_event"]`. */
export type KeyPath = readonly string[];

/** A key whose value tasks inherit. */
export interface Inherited {
  readonly path: KeyPath;
  /** What was and what is, about the key itself; default: the message about the task. */
  readonly message?: string;
}

/** One change, not yet with its place in a file. */
export interface Change {
  readonly code: RuleCode;
  readonly level: Level;
  /** Its path in the new schema, or in the old one. */
  readonly path: KeyPath;
  /** Other paths it may have, nearest first: a task inherits keys from its namespace or the defaults. */
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
