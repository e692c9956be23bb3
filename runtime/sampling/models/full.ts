import { BudgetExceedsTotal } from "../errors.js";
import { divide } from "../numbers.js";
import { classProblems, defineModel, type Model, shareProblems } from "./model.js";
import { type ClassId, type RatedClass, sumOfCounts, type VolumeClass } from "./volume-class.js";

export interface FullInput<Id extends ClassId = ClassId> {
  /** At least one, in descending order (`sortByVolume`): the model does not sort. */
  readonly classes: readonly VolumeClass<Id>[];
  /** Share of the whole volume to keep, 0..1. */
  readonly sampleRate: number;
  /** 0 leaves every class at sampleRate, 1 aims each at an equal share of the budget. */
  readonly intensity: number;
  /** Volume to spend at the least; negative: no minimum. Default, and for null: the sum of all counts times sampleRate. */
  readonly minBudget?: number | null;
  /** Floor of every rate, 0..1. Default 0. */
  readonly minSampleRate?: number;
}

export interface FullOutput<Id extends ClassId = ClassId> {
  /** The reverse of the input's order: the model works from the last class to the first. */
  readonly classes: readonly RatedClass<Id>[];
  /** Volume that these rates keep. */
  readonly usedBudget: number;
}

/** Rates for classes that are all known (dynamic-sampling.md 8.1). Throws InvalidModelInput, BudgetExceedsTotal, DivisionByZero. */
export function full<Id extends ClassId>(): Model<FullInput<Id>, FullOutput<Id>> {
  return defineModel<FullInput<Id>, FullOutput<Id>>({ name: "full", problems, compute });
}

function problems({ classes, sampleRate, intensity, minBudget, minSampleRate = 0 }: FullInput): string[] {
  const found = [
    ...shareProblems("sampleRate", sampleRate),
    ...shareProblems("intensity", intensity),
    ...shareProblems("minSampleRate", minSampleRate),
    ...classProblems(classes),
  ];
  if (classes.length === 0) found.push("expected classes to hold at least one class, got none");
  const budget = minBudget ?? 0;
  if (typeof budget !== "number" || Number.isNaN(budget))
    found.push(
      `expected minBudget to be a number or null, got ${typeof budget === "string" ? JSON.stringify(budget) : budget}`,
    );
  return found;
}

function compute<Id extends ClassId>(input: FullInput<Id>): FullOutput<Id> {
  const { classes, sampleRate, intensity, minSampleRate = 0 } = input;
  const total = sumOfCounts(classes);
  let budget = input.minBudget ?? total * sampleRate;
  if (budget > total) throw new BudgetExceedsTotal(budget, total);
  let left = classes.length;
  let ideal = (total * sampleRate) / left;
  let usedBudget = 0;
  const rated: RatedClass<Id>[] = [];
  for (const each of classes.toReversed()) {
    // Otherwise the rest of the budget could not be spent; the ideal only ever grows.
    if (ideal * left < budget) ideal = budget / left;
    const sampled = each.count * sampleRate;
    const desired = Math.max(sampled + (ideal - sampled) * intensity, each.count * minSampleRate);
    const newSampleRate =
      desired > each.count ? 1 : divide(desired, each.count, `the rate of ${JSON.stringify(each.id)}`);
    const spent = Math.min(desired, each.count);
    rated.push({ ...each, newSampleRate });
    budget -= spent;
    usedBudget += spent;
    left -= 1;
  }
  return { classes: rated, usedBudget };
}
