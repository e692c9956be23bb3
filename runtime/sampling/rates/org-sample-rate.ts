import { TARGET_SAMPLE_RATE_DEFAULT } from "../constants.js";
import type { Organization } from "../ports/organizations.js";
import { reportedNumber } from "../ports/rate.js";
import type { RateStore } from "../ports/rate-store.js";
import { defaultInstruments, type Reports } from "../tasks/instruments.js";
import { floatOf } from "./float-text.js";
import type { FoundRate } from "./found-rate.js";
import { rateKeys } from "./keys.js";

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
