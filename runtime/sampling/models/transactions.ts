import { divide } from "../numbers.js";
import { full } from "./full.js";
import { classProblems, countProblems, defineModel, type Model, shareProblems } from "./model.js";
import { type ClassId, type RatedClass, sortByVolume, sumOfCounts, type VolumeClass } from "./volume-class.js";

export interface TransactionsInput<Id extends ClassId = ClassId> {
  /** The explicit classes, at least one, in any order. All others are implicit: known by the totals only. */
  readonly classes: readonly VolumeClass<Id>[];
  /** Share of the project's whole volume to keep, 0..1. */
  readonly sampleRate: number;
  /** Classes in all; null, or fewer than the explicit ones: there are no others. */
  readonly totalNumClasses: number | null;
  /** Volume in all; null: that of the explicit classes. */
  readonly total: number | null;
  /** 0 leaves every class at sampleRate, 1 aims each at an equal share of the budget. */
  readonly intensity: number;
  /** Floor of every rate, 0..1; never above sampleRate. Default 0. */
  readonly minSampleRate?: number;
}

export interface TransactionsOutput<Id extends ClassId = ClassId> {
  /** Ascending by volume; descending where every explicit class is kept whole. */
  readonly classes: readonly RatedClass<Id>[];
  /** Rate that all implicit classes share, 0..1. */
  readonly implicitRate: number;
}

/**
 * Rates for the transactions of one project, of which only some are known by name (dynamic-sampling.md 8.2).
 * Throws InvalidModelInput, BudgetExceedsTotal, DivisionByZero.
 */
export function transactions<Id extends ClassId>(): Model<TransactionsInput<Id>, TransactionsOutput<Id>> {
  return defineModel<TransactionsInput<Id>, TransactionsOutput<Id>>({ name: "transactions", problems, compute });
}

function problems(input: TransactionsInput): string[] {
  const { classes, sampleRate, intensity, minSampleRate = 0, total, totalNumClasses } = input;
  const found = [
    ...shareProblems("sampleRate", sampleRate),
    ...shareProblems("intensity", intensity),
    ...shareProblems("minSampleRate", minSampleRate),
    ...classProblems(classes),
    ...(total === null ? [] : countProblems("total", total)),
    ...(totalNumClasses === null ? [] : countProblems("totalNumClasses", totalNumClasses)),
  ];
  if (classes.length === 0) found.push("expected classes to hold at least one class, got none");
  return found;
}

function compute<Id extends ClassId>(input: TransactionsInput<Id>): TransactionsOutput<Id> {
  const { sampleRate, intensity } = input;
  const minSampleRate = Math.min(input.minSampleRate ?? 0, sampleRate);
  const sorted = sortByVolume(input.classes);
  const explicit = sumOfCounts(sorted);
  const numClasses = Math.max(input.totalNumClasses ?? sorted.length, sorted.length);
  const total = input.total ?? explicit;
  // Negative when the given total is smaller than what its parts hold.
  const implicit = total - explicit;
  const numImplicit = numClasses - sorted.length;
  const budget = total * sampleRate;
  const budgetPerClass = budget / numClasses;
  const explicitBudget = budgetPerClass * sorted.length;
  const balanced = (rate: number, minBudget: number | null = null) =>
    full<Id>().run({ classes: sorted, sampleRate: rate, intensity, minBudget, minSampleRate });

  if (numImplicit === 0) return { classes: balanced(sampleRate).classes, implicitRate: sampleRate };
  if (implicit < budgetPerClass * numImplicit) {
    const rate = divide(budget - implicit, explicit, "the rate of the explicit classes");
    return { classes: balanced(rate).classes, implicitRate: 1 };
  }
  if (explicit < explicitBudget) {
    const implicitRate = divide(budget - explicit, implicit, "the rate of the implicit classes");
    return { classes: sorted.map((each) => ({ ...each, newSampleRate: 1 })), implicitRate: clamped(implicitRate) };
  }
  const rate = divide(explicitBudget, explicit, "the rate of the explicit classes");
  const { classes, usedBudget } = balanced(rate, budget - implicit);
  const left = budget - usedBudget;
  const rest = minSampleRate > 0 ? Math.max(left, minSampleRate * implicit) : left;
  return { classes, implicitRate: clamped(divide(rest, implicit, "the rate of the implicit classes")) };
}

/** At an intensity between 0 and 1 the explicit classes may spend more than the budget, and rounding may pass either end. */
function clamped(rate: number): number {
  return Math.min(1, Math.max(0, rate));
}
