import type { Quotas } from "taskwire/sampling";

/** The share that every plan of the example keeps on the whole. */
const BLENDED_RATE = 0.25;

/** From this monthly volume on, this rate holds; ascending. */
const TIERS: readonly (readonly [volume: number, rate: number])[] = [
  [0, 0.5],
  [500_000, 0.35],
  [2_000_000, 0.25],
  [6_000_000, 0.15],
  [15_000_000, 0.1],
];

/** One plan for every organization of the example: the more is sent, the smaller the share that is kept. */
export const examplePlan: Quotas = {
  blendedSampleRate: () => BLENDED_RATE,
  samplingTierForVolume: (_orgId, volume) => TIERS.findLast(([from]) => volume >= from) ?? null,
};
