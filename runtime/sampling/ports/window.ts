import { DAY, HOUR, MINUTE } from "../constants.js";

/** Starts, in seconds since the epoch, of the first and last bucket that a window ending at `now` (milliseconds) touches. */
export function windowBuckets(
  now: number,
  interval: number,
  granularity: number,
): { readonly first: number; readonly last: number } {
  const end = now / 1000;
  const floor = (at: number) => Math.floor(at / granularity) * granularity;
  // The end itself is outside of the window.
  return { first: floor(end - interval), last: Math.ceil(end / granularity) * granularity - granularity };
}

/** Sizes of the buckets that sources keep, seconds. */
export const GRANULARITIES = [MINUTE, HOUR, DAY] as const;
