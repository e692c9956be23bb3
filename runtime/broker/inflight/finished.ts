import { hash64 } from "../../base/ids.js";
import type { FinishedIds, Limits } from "./events.js";
import { IdSet } from "./id-set.js";

const BUCKET_MS = 3_600_000;

/**
 * The memory of finished ids: a record that carries one of them is a second copy of work that has ended. Ids are kept
 * as 64-bit hashes, in buckets of an hour; a bucket goes as a whole.
 */
export class Finished {
  readonly #limits: Pick<Limits, "rememberFor" | "rememberCount">;
  /** By the end of the hour until when they are kept, in order of time. */
  readonly #buckets = new Map<number, IdSet>();
  #size = 0;

  constructor(limits: Pick<Limits, "rememberFor" | "rememberCount">) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  recovered({ hashes, until }: FinishedIds): void {
    const order = Array.from(until.keys()).sort((a, b) => (until[a] ?? 0) - (until[b] ?? 0));
    for (const at of order) this.#add(hashes[at] ?? 0n, until[at] ?? 0);
  }

  /** Returns what the journal has to keep. */
  add(id: string, now: number): { readonly hash: bigint; readonly until: number } {
    const hash = hash64(id);
    const until = Math.ceil((now + this.#limits.rememberFor) / BUCKET_MS) * BUCKET_MS;
    this.#add(hash, until);
    return { hash, until };
  }

  has(id: string): boolean {
    if (this.#size === 0) return false;
    const hash = hash64(id);
    for (const bucket of this.#buckets.values()) if (bucket.has(hash)) return true;
    return false;
  }

  /** Forgets what is over. */
  tick(now: number): void {
    for (const [until] of this.#buckets) {
      if (until > now) return;
      this.#drop(until);
    }
  }

  #add(hash: bigint, until: number): void {
    let bucket = this.#buckets.get(until);
    if (bucket === undefined) {
      bucket = new IdSet();
      this.#buckets.set(until, bucket);
    }
    const before = bucket.size;
    bucket.add(hash);
    this.#size += bucket.size - before;
    while (this.#size > this.#limits.rememberCount && this.#buckets.size > 1) {
      this.#drop(this.#buckets.keys().next().value ?? 0);
    }
  }

  #drop(until: number): void {
    this.#size -= this.#buckets.get(until)?.size ?? 0;
    this.#buckets.delete(until);
  }
}
