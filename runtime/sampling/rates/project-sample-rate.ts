import { RATE_LIFE_MS } from "../constants.js";
import { checkedRate, reportedNumber } from "../ports/rate.js";
import type { RateStore } from "../ports/rate-store.js";
import type { Reports } from "../tasks/instruments.js";
import { floatOf } from "./float-text.js";
import type { FoundRate } from "./found-rate.js";
import { rateKeys } from "./keys.js";

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
