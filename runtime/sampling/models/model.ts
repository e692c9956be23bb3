import { InvalidModelInput } from "../errors.js";
import { sumOfCounts, type VolumeClass } from "./volume-class.js";

/** A rebalancing model (dynamic-sampling.md 8). Pure: it changes nothing, least of all its input. */
export interface Model<Input, Output> {
  readonly name: string;
  /** Validates, then computes. Throws InvalidModelInput, and what the model itself documents. */
  run(input: Input): Output;
}

interface ModelParts<Input, Output> {
  readonly name: string;
  /** Every violated rule, as `expected ..., got ...`; none when the input is valid. */
  readonly problems: (input: Input) => readonly string[];
  /** Sees valid input only. */
  readonly compute: (input: Input) => Output;
}

export function defineModel<Input, Output>({
  name,
  problems,
  compute,
}: ModelParts<Input, Output>): Model<Input, Output> {
  return {
    name,
    run(input) {
      const found = problems(input);
      if (found.length > 0) throw new InvalidModelInput(name, found);
      return compute(input);
    },
  };
}

/** Receives errors that must not stop a task: error tracking. */
export type ErrorReport = (error: unknown) => void;

/** Runs a model; any error, invalid input included, goes to `report` and gives null. */
export function guardedRun<Input, Output>(
  model: Model<Input, Output>,
  input: Input,
  report: ErrorReport,
): Output | null {
  try {
    return model.run(input);
  } catch (error) {
    report(error);
    return null;
  }
}

/** The problem of a number that must lie in 0..1, both included; NaN and what is no number do not. */
export function shareProblems(name: string, value: number): string[] {
  return typeof value === "number" && value >= 0 && value <= 1
    ? []
    : [`expected ${name} to be between 0 and 1, got ${typeof value === "string" ? JSON.stringify(value) : value}`];
}

/** The problems of counts: each must be finite and at least 0, and so must their sum. */
export function classProblems(classes: readonly VolumeClass[]): string[] {
  const found = classes.flatMap(({ id, count }) => countProblems(`the count of ${JSON.stringify(id)}`, count));
  return found.length > 0 ? found : countProblems("the sum of all counts", sumOfCounts(classes));
}

export function countProblems(what: string, count: number): string[] {
  return Number.isFinite(count) && count >= 0
    ? []
    : [`expected ${what} to be a finite number of at least 0, got ${count}`];
}
