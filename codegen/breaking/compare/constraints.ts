import type { Constraints } from "taskwire/model";
import type { FieldRule } from "../rules/field-rules.js";

/** `place`: the part of the type that they apply to, such as "[]" for the elements of a list. */
export function compareConstraints(
  before: Constraints,
  after: Constraints,
  place: string,
  change: (rule: FieldRule, message: string) => void,
): void {
  const limits = [
    { key: "min", rule: "bounds_narrowed", sign: 1 },
    { key: "max", rule: "bounds_narrowed", sign: -1 },
    { key: "minLength", rule: "length_narrowed", sign: 1 },
    { key: "maxLength", rule: "length_narrowed", sign: -1 },
  ] as const;
  const where = place === "" ? "" : ` of ${place}`;
  for (const { key, rule, sign } of limits) {
    const was = sign * (before[key] ?? -sign * Number.POSITIVE_INFINITY);
    const is = sign * (after[key] ?? -sign * Number.POSITIVE_INFINITY);
    if (was === is) continue;
    const message = `${NAMES[key]}${where} was ${before[key] ?? "none"}, is ${after[key] ?? "none"}`;
    change(is > was ? rule : "widened", message);
  }
  if (before.pattern === after.pattern) return;
  const message = `pattern${where} was ${before.pattern ?? "none"}, is ${after.pattern ?? "none"}`;
  change(after.pattern === undefined ? "widened" : "pattern_changed", message);
}

const NAMES = { min: "min", max: "max", minLength: "min_length", maxLength: "max_length" } as const;
