/** Buckets of a histogram of times: the first is below 1 ms, the last from 1 h, those between grow by 39 %. */
export const BUCKETS = 48;
const FIRST_MS = 1;
const LAST_MS = 3_600_000;
const PER_E = (BUCKETS - 2) / Math.log(LAST_MS / FIRST_MS);

export function bucketOf(milliseconds: number): number {
  if (!(milliseconds >= FIRST_MS)) return 0;
  return milliseconds >= LAST_MS ? BUCKETS - 1 : 1 + Math.floor(Math.log(milliseconds / FIRST_MS) * PER_E);
}

/** The smallest time of a bucket. */
function floorOf(bucket: number): number {
  return bucket === 0 ? 0 : FIRST_MS * Math.exp((bucket - 1) / PER_E);
}

/**
 * The time that this share of what was counted did not exceed, within its bucket in proportion; null when nothing was
 * counted. From 1 h on it is 1 h.
 */
export function percentileOf(counts: ArrayLike<number>, share: number): number | null {
  let total = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) total += counts[bucket] ?? 0;
  if (total === 0) return null;
  let left = share * total;
  for (let bucket = 0; bucket < BUCKETS - 1; bucket += 1) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && left <= count) {
      const [from, to] = [floorOf(bucket), floorOf(bucket + 1)];
      return from + (to - from) * (left / count);
    }
    left -= count;
  }
  return LAST_MS;
}
