import { RATE_LIFE_MS, TARGET_SAMPLE_RATE_DEFAULT } from "../constants.js";
import { defaultInstruments, type Reports } from "../instruments.js";
import { checkedRate, floatOf, reportedNumber } from "../numbers.js";
import type { Organization, RateStore } from "../ports/ports.js";
import { rateKeys } from "./keys.js";

/** A looked-up rate, 0..1. */
export interface FoundRate<Rate extends number | null = number | null> {
  readonly rate: Rate;
  /** Whether it is the rate that was looked for; false: a fallback. */
  readonly success: boolean;
}

/**
 * The base rate of an organization: its own target when it may set one, else the stored sliding window rate; `fallback`,
 * the plan's blended rate, where there is none (dynamic-sampling.md 11). A target or fallback that counts here and is no
 * finite number is reported and gives null: nothing is computed from it, and what is stored stays.
 */
export async function orgSampleRate(
  { id, customDynamicSampling, targetSampleRate }: Organization,
  fallback: number | null,
  store: RateStore,
  reports: Reports = defaultInstruments.reports,
): Promise<FoundRate> {
  const blended = () =>
    fallback === null ? null : reportedNumber(`the blended rate of organization ${id}`, fallback, reports);
  if (customDynamicSampling) {
    if (targetSampleRate === null) {
      return { rate: fallback === null ? TARGET_SAMPLE_RATE_DEFAULT : blended(), success: false };
    }
    const target = reportedNumber(`the target rate of organization ${id}`, targetSampleRate, reports);
    return { rate: target, success: target !== null };
  }
  const stored = floatOf(await store.get(rateKeys.slidingWindowRate(id)));
  return stored === null ? { rate: blended(), success: false } : { rate: stored, success: true };
}

/**
 * The rate that boosting gave a project. One that is missing although the sliding window has run is 1; otherwise a missing
 * or unreadable rate is reported and `fallback` holds; a fallback that is no finite number is reported, too, and gives null
 * (dynamic-sampling.md 11).
 */
export async function projectSampleRate(
  orgId: number,
  projectId: number,
  fallback: number | null,
  store: RateStore,
  reports: Reports,
): Promise<FoundRate> {
  const blended = () =>
    fallback === null ? null : reportedNumber(`the fallback rate of project ${projectId}`, fallback, reports);
  const text = await store.getHashField(rateKeys.projectRates(orgId), String(projectId));
  if (text !== null) {
    const rate = floatOf(text);
    if (rate !== null) return { rate, success: true };
    reports.message("the stored sample rate of a project is no number", {
      org_id: orgId,
      project_id: projectId,
      found: text,
    });
    return { rate: blended(), success: false };
  }
  if ((await store.get(rateKeys.slidingWindowExecuted)) !== null) return { rate: 1, success: false };
  reports.message("a project has no stored sample rate, and the sliding window has not run", {
    org_id: orgId,
    project_id: projectId,
  });
  return { rate: blended(), success: false };
}

/** The stored rates of an organization's projects; null for one that cannot be read. */
export async function readProjectRates(store: RateStore, orgId: number): Promise<ReadonlyMap<number, number | null>> {
  const stored = await store.getHash(rateKeys.projectRates(orgId));
  return new Map([...stored].map(([project, text]) => [Number(project), floatOf(text)]));
}

/** For 24 hours. Throws InvalidRate, and stores nothing, when one is no number between 0 and 1. */
export async function storeProjectRates(
  store: RateStore,
  orgId: number,
  rates: ReadonlyMap<number, number>,
): Promise<void> {
  const fields = new Map(
    [...rates].map(([project, rate]) => [String(project), String(checkedRate(`the rate of project ${project}`, rate))]),
  );
  await store.setHash(rateKeys.projectRates(orgId), fields, RATE_LIFE_MS);
}

const TOLERANCE = 1e-9;

/** Whether two rates are the same but for rounding; null is equal to null only (dynamic-sampling.md 11). */
export function equalRates(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
