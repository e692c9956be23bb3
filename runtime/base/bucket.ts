import type { Clock } from "./clock.js";

/** Lets `rate` things a second pass, and as many at once after a rest. */
export class Bucket {
  readonly #rate: number;
  readonly #clock: Clock;
  #left: number;
  #filledAt: number;

  constructor(rate: number, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#left = rate;
    this.#filledAt = clock.now();
  }

  /** Whether one more may pass now. */
  get open(): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(this.#rate, this.#left + ((now - this.#filledAt) * this.#rate) / 1000);
    this.#filledAt = now;
    return this.#left >= 1;
  }

  take(): boolean {
    if (!this.open) return false;
    this.#left -= 1;
    return true;
  }
}
