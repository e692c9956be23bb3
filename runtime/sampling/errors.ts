import { TaskwireError } from "../base/errors.js";

/** A model was given input outside of its valid range; nothing was computed. */
export class InvalidModelInput extends TaskwireError {
  /** The model's name. */
  readonly model: string;
  /** One line a violated rule. */
  readonly problems: readonly string[];

  constructor(model: string, problems: readonly string[]) {
    super("invalid_model_input", `${model} model: ${problems.join("; ")}`);
    this.model = model;
    this.problems = problems;
  }
}

/** The minimum that a model must spend is more than all classes hold together. */
export class BudgetExceedsTotal extends TaskwireError {
  constructor(budget: number, total: number) {
    super("budget_exceeds_total", `expected minBudget to be at most the sum of all counts, ${total}, got ${budget}`);
  }
}

/** A rate would be x/0: the input is valid, but it has no answer (for instance, all counts are 0). */
export class DivisionByZero extends TaskwireError {
  constructor(what: string) {
    super("division_by_zero", `${what} is a division by zero`);
  }
}
