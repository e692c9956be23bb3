import { Bucket } from "../../base/bucket.js";
import type { Clock } from "../../base/clock.js";

const RATE = 5;
const MOST_ADDRESSES = 1000;

/** Wrong tokens by address: who sends too many has to wait, and nobody else does. */
export class WrongTokens {
  readonly rate = RATE;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayTry(address: string): boolean {
    return this.#buckets.get(address)?.open ?? true;
  }

  count(address: string): void {
    const bucket = this.#buckets.get(address) ?? new Bucket(RATE, this.#clock);
    bucket.take();
    // The address of which nothing was heard for longest is forgotten first.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
