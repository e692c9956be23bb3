import { type ErrorReport, guardedRun, projects } from "taskwire/sampling";
import type { ProjectRate } from "./rate-store.js";
import type { ProjectTotal } from "./volume-source.js";

/** The share of its volume that an organization's plan keeps; the same for every organization of the example. */
export const BLENDED_RATE = 0.25;

/**
 * A rate for each project of an organization (dynamic-sampling.md 15.2), ascending by volume. Empty when there is nothing to
 * balance: no projects, all totals 0, or an error of the model, which goes to `report`.
 */
export function balance(totals: readonly ProjectTotal[], report: ErrorReport): readonly ProjectRate[] {
  if (totals.every(({ total }) => total === 0)) return [];
  const classes = totals.map(({ project, total }) => ({ id: project, count: total }));
  const rated = guardedRun(projects<string>(), { classes, sampleRate: BLENDED_RATE }, report);
  return (rated ?? []).map(({ id, newSampleRate }) => ({ project: id, rate: newSampleRate }));
}
