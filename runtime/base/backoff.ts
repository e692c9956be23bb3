/** For a Backoff whose waits are exactly the steps. */
export const NO_JITTER = (): number => 1;

/**
 * Waits in milliseconds, one after another: each step is twice the one before, up to `longest`. Jitter takes off up to
 * half of a step, but no wait is shorter than `first`.
 */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #step = 0;

  /** `random`: from 0, half of the step, to 1, all of it. */
  constructor(first: number, longest: number, random: () => number = Math.random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  next(): number {
    const step = Math.min(this.#longest, this.#first * 2 ** this.#step);
    this.#step = Math.min(this.#step + 1, 30);
    return Math.max(this.#first, step * (0.5 + this.#random() / 2));
  }

  /** The next wait is the first one again. */
  reset(): void {
    this.#step = 0;
  }
}
