import { ENVIRONMENT_RULES } from "./environment-rules.js";
import { FIELD_RULES, type FieldRule } from "./field-rules.js";
import type { Rule } from "./level.js";
import { TASK_RULES } from "./task-rules.js";

/** Stable, for tools. */
export type RuleCode =
  | keyof typeof TASK_RULES
  | keyof typeof ENVIRONMENT_RULES
  | `parameter_${FieldRule}`
  | `field_${FieldRule}`;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...Object.entries(TASK_RULES),
  ...prefixed("parameter"),
  ...prefixed("field"),
  ...Object.entries(ENVIRONMENT_RULES),
]);

export function ruleOf(code: RuleCode): Rule {
  const rule = RULES.get(code);
  if (rule === undefined) throw new RangeError(`there is no rule ${code}`);
  return rule;
}

/** Every rule with its code, in order of the docs. */
export function allRules(): readonly (readonly [code: string, rule: Rule])[] {
  return [...RULES];
}

function prefixed(prefix: string): readonly (readonly [string, Rule])[] {
  return Object.entries(FIELD_RULES).map(([name, rule]) => [`${prefix}_${name}`, rule] as const);
}
