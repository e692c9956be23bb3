import { hash64 } from "../../../base/ids.js";
import type { Limits } from "../limits.js";
import type { FinishedIds } from "../persisted.js";
import { IdSet } from "./id-set.js";

const BUCKET_MS = 3_600_000;

/**
 * The ids of finished activations: a record with one of them is a second copy of work that has ended. Ids are kept as
 * 64-bit hashes in buckets of an hour; a bucket is dropped as a whole.
 */
export class Finished {
  readonly #limits: Pick<Limits, "rememberFor" | "rememberCount">;
  /** By the end of the hour until which they are kept. */
  readonly #buckets = new Map<number, IdSet>();
  #nextEnd = Number.POSITIVE_INFINITY;
  #size = 0;

  constructor(limits: Pick<Limits, "rememberFor" | "rememberCount">) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  recovered({ hashes, until }: FinishedIds): void {
    for (let at = 0; at < hashes.length; at += 1) this.#add(hashes[at] ?? 0n, endOfHour(until[at] ?? 0));
  }

  /** Returns the entry that the journal has to keep. */
  add(id: string, now: number): { readonly hash: bigint; readonly until: number } {
    const hash = hash64(id);
    const until = endOfHour(now + this.#limits.rememberFor);
    this.#add(hash, until);
    return { hash, until };
  }

  has(id: string): boolean {
    if (this.#size === 0) return false;
    const hash = hash64(id);
    for (const bucket of this.#buckets.values()) if (bucket.has(hash)) return true;
    return false;
  }

  /** Drops buckets that are over. */
  tick(now: number): void {
    if (now < this.#nextEnd) return;
    for (const until of [...this.#buckets.keys()]) if (until <= now) this.#drop(until);
    this.#nextEnd = Math.min(...this.#buckets.keys());
  }

  #add(hash: bigint, until: number): void {
    let bucket = this.#buckets.get(until);
    if (bucket === undefined) {
      bucket = new IdSet();
      this.#buckets.set(until, bucket);
      this.#nextEnd = Math.min(this.#nextEnd, until);
    }
    const before = bucket.size;
    bucket.add(hash);
    this.#size += bucket.size - before;
    while (this.#size > this.#limits.rememberCount && this.#buckets.size > 1) {
      this.#drop(Math.min(...this.#buckets.keys()));
    }
  }

  #drop(until: number): void {
    this.#size -= this.#buckets.get(until)?.size ?? 0;
    this.#buckets.delete(until);
  }
}

function endOfHour(time: number): number {
  return Math.ceil(time / BUCKET_MS) * BUCKET_MS;
}
