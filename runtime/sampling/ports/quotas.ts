import type { Awaitable } from "./awaitable.js";

/** What an organization's plan says. */
export interface Quotas {
  /** The rate that the plan keeps on the whole, 0..1; null when it says nothing. */
  blendedSampleRate(orgId: number): Awaitable<number | null>;
  /** The tier of a monthly volume: [volume from which it holds, rate 0..1]; null when there is none. */
  samplingTierForVolume(orgId: number, volume: number): Awaitable<readonly [volume: number, rate: number] | null>;
}
