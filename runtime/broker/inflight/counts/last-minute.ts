const BUCKET_MS = 5000;
const BUCKETS = 12;

type Counted = "done" | "failed" | "expired";

/**
 * How many activations of one task were completed or expired, and how many of its runs failed, in the last minute, to
 * within 5 s.
 */
export class LastMinute {
  /** Per bucket. Allocated at the first count, because most names that come from outside never count anything. */
  #done: Uint32Array | undefined;
  #failed: Uint32Array | undefined;
  #expired: Uint32Array | undefined;
  /** Number of the newest bucket since the epoch. */
  #newest = 0;

  /** `now`: milliseconds; a time before an earlier one counts as the earlier one. */
  count(what: Counted, now: number): void {
    this.#turn(now);
    const counts = this.#of(what);
    const at = this.#newest % BUCKETS;
    counts[at] = (counts[at] ?? 0) + 1;
  }

  at(now: number): Readonly<Record<Counted, number>> {
    this.#turn(now);
    return { done: sum(this.#done), failed: sum(this.#failed), expired: sum(this.#expired) };
  }

  #of(what: Counted): Uint32Array {
    switch (what) {
      case "done":
        this.#done ??= new Uint32Array(BUCKETS);
        return this.#done;
      case "failed":
        this.#failed ??= new Uint32Array(BUCKETS);
        return this.#failed;
      case "expired":
        this.#expired ??= new Uint32Array(BUCKETS);
        return this.#expired;
    }
  }

  /** Empties the buckets between the newest one and that of `now`. */
  #turn(now: number): void {
    const bucket = Math.floor(now / BUCKET_MS);
    for (let next = Math.max(this.#newest + 1, bucket - BUCKETS + 1); next <= bucket; next++) {
      this.#done?.fill(0, next % BUCKETS, (next % BUCKETS) + 1);
      this.#failed?.fill(0, next % BUCKETS, (next % BUCKETS) + 1);
      this.#expired?.fill(0, next % BUCKETS, (next % BUCKETS) + 1);
    }
    this.#newest = Math.max(this.#newest, bucket);
  }
}

function sum(counts: Uint32Array | undefined): number {
  return counts?.reduce((total, count) => total + count, 0) ?? 0;
}
