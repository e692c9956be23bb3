import { TaskwireError } from "../base/errors.js";

/** The input of a model is invalid; nothing was computed. */
export class InvalidModelInput extends TaskwireError {
  /** The model's name. */
  readonly model: string;
  /** One line for each violated rule. */
  readonly problems: readonly string[];

  constructor(model: string, problems: readonly string[]) {
    super("invalid_model_input", `${model} model: ${problems.join("; ")}`);
    this.model = model;
    this.problems = problems;
  }
}

/** The minimum budget of a model exceeds the sum of all counts. */
export class BudgetExceedsTotal extends TaskwireError {
  constructor(budget: number, total: number) {
    super("budget_exceeds_total", `expected the budget to be at most the sum of all counts, ${total}, got ${budget}`);
  }
}

/** A rate would be x/0 or beyond all numbers: the input is valid, but it has no answer (for instance, all counts are 0). */
export class DivisionByZero extends TaskwireError {
  constructor(what: string, dividend: number, divisor: number) {
    super("division_by_zero", `${what} cannot be computed: expected a finite number, got ${dividend} / ${divisor}`);
  }
}

/** dynamic-sampling.md 8 knows three types of models. */
export class UnknownModelType extends TaskwireError {
  constructor(type: unknown) {
    super(
      "unknown_model_type",
      `expected a model type, 1 (transactions), 2 (projects) or 3 (full), got ${typeof type === "string" ? JSON.stringify(type) : String(type)}`,
    );
  }
}

/** A timed iterator has no timer name. */
export class TimerNameMissing extends TaskwireError {
  constructor(className: string) {
    super(
      "timer_name_missing",
      `expected a timer name, or a class with a static timerName, got an iterator of class ${className} without; pass the name as third argument`,
    );
  }
}

/** A count read from or recorded in a volume source is not a valid volume. */
export class InvalidVolume extends TaskwireError {
  constructor(what: string, count: unknown, expected = "a finite number of at least 0") {
    super("invalid_volume", `expected ${what} to be ${expected}, got ${String(count)}`);
  }
}

/** A rate from a port, or one to store, is not a number between 0 and 1. The stored value is kept. */
export class InvalidRate extends TaskwireError {
  constructor(what: string, found: unknown) {
    const text = typeof found === "string" ? JSON.stringify(found) : String(found);
    super("invalid_rate", `expected ${what} to be a number between 0 and 1, got ${text}`);
  }
}

/** Rows of different projects cannot be merged (dynamic-sampling.md 13). */
export class IdentityMismatch extends TaskwireError {
  constructor(expected: string, what: string, found: string) {
    super("identity_mismatch", `expected the ${what} to be of ${expected}, as the left transactions, got ${found}`);
  }
}
