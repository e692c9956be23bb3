import { TARGET_SAMPLE_RATE_DEFAULT } from "../constants.js";
import type { Organization } from "../ports/organizations.js";
import type { RateStore } from "../ports/rate-store.js";
import { floatOf } from "./float-text.js";
import type { FoundRate } from "./found-rate.js";
import { rateKeys } from "./keys.js";

/**
 * The base rate of an organization: its own target when it may set one, else the stored sliding window rate; `fallback`,
 * the plan's blended rate, where there is none (dynamic-sampling.md 11).
 */
export async function orgSampleRate(
  { id, customDynamicSampling, targetSampleRate }: Organization,
  fallback: number | null,
  store: RateStore,
): Promise<FoundRate> {
  if (customDynamicSampling) {
    if (targetSampleRate !== null) return { rate: targetSampleRate, success: true };
    return { rate: fallback ?? TARGET_SAMPLE_RATE_DEFAULT, success: false };
  }
  const stored = floatOf(await store.get(rateKeys.slidingWindowRate(id)));
  return stored === null ? { rate: fallback, success: false } : { rate: stored, success: true };
}
