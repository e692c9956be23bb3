import type { Constraints, TypeModel } from "taskwire/model";
import { CONSTRAINTS_OF, type ConstraintKey, type Entry } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";

export interface ConstraintSpec {
  readonly min: Entry<number> | undefined;
  readonly max: Entry<number> | undefined;
  readonly min_length: Entry<number> | undefined;
  readonly max_length: Entry<number> | undefined;
  readonly pattern: Entry<string> | undefined;
}

const ALL = ["min", "max", "min_length", "max_length", "pattern"] as const satisfies readonly ConstraintKey[];

/** The type with its constraints; those that do not fit it are reported and left out. */
export function constrained(type: TypeModel, spec: ConstraintSpec, shown: string, problems: Problems): TypeModel {
  const fitting = CONSTRAINTS_OF[type.kind] ?? [];
  for (const key of ALL) {
    const entry = spec[key];
    if (entry === undefined || fitting.includes(key)) continue;
    const allowed = fitting.length === 0 ? "remove it: it takes no constraints" : `it takes ${fitting.join(", ")}`;
    problems.add(entry.keyPlace, {
      code: "bad_constraint",
      path: entry.path,
      expected: "a constraint of its type",
      got: key,
      sentence: `${shown} does not take ${key}`,
      hint: allowed,
    });
  }
  const whole = type.kind === "int" || type.kind === "bigint";
  for (const entry of [spec.min, spec.max]) {
    if (entry === undefined || !whole || Number.isSafeInteger(entry.value)) continue;
    problems.add(entry.place, {
      code: "bad_constraint",
      path: entry.path,
      expected: "a whole number within ±(2^53 - 1)",
      // Beyond it the number that was read is not quite the one that was written.
      got: Number.isInteger(entry.value) ? "a number outside that range" : String(entry.value),
    });
  }
  if (type.kind === "map" || type.kind === "named") return type;
  const own = constraintsOf(fitting, spec);
  const merged: Constraints = { ...constraintsIn(type), ...own };
  crossed([spec.min, merged.min], [spec.max, merged.max], problems);
  crossed([spec.min_length, merged.minLength], [spec.max_length, merged.maxLength], problems);
  checkPattern(spec.pattern, problems);
  return { ...type, ...merged };
}

function constraintsOf(fitting: readonly ConstraintKey[], spec: ConstraintSpec): Constraints {
  const value = <K extends ConstraintKey>(key: K) => (fitting.includes(key) ? spec[key]?.value : undefined);
  const [min, max, minLength, maxLength, pattern] = [
    value("min"),
    value("max"),
    value("min_length"),
    value("max_length"),
    fitting.includes("pattern") ? spec.pattern?.value : undefined,
  ];
  return {
    ...(typeof min === "number" ? { min } : {}),
    ...(typeof max === "number" ? { max } : {}),
    ...(typeof minLength === "number" ? { minLength } : {}),
    ...(typeof maxLength === "number" ? { maxLength } : {}),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function constraintsIn(type: TypeModel & Constraints): Constraints {
  const { min, max, minLength, maxLength, pattern } = type;
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

type Bound = readonly [entry: Entry<number> | undefined, value: number | undefined];

/** Either bound may come from the named scalar; the problem is at the one written here. */
function crossed([lowEntry, low]: Bound, [highEntry, high]: Bound, problems: Problems): void {
  if (low === undefined || high === undefined || low <= high) return;
  if (highEntry !== undefined) {
    const { place, path } = highEntry;
    problems.add(place, {
      code: "bad_constraint",
      path,
      expected: `at least the lower bound, ${low}`,
      got: String(high),
    });
  } else if (lowEntry !== undefined) {
    const { place, path } = lowEntry;
    problems.add(place, {
      code: "bad_constraint",
      path,
      expected: `at most the upper bound, ${high}`,
      got: String(low),
    });
  }
}

function checkPattern(entry: Entry<string> | undefined, problems: Problems): void {
  if (entry === undefined) return;
  try {
    new RegExp(entry.value, "u");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const expected = "a JavaScript regular expression with flag u";
    problems.add(entry.place, {
      code: "bad_constraint",
      path: entry.path,
      expected,
      got: JSON.stringify(entry.value),
      hint: error.message,
    });
  }
}
