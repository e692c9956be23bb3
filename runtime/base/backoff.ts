/** Doubling waits with jitter: between half of the step and the whole of it. Milliseconds. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #step = 0;

  constructor(first: number, longest: number, random: () => number = Math.random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  next(): number {
    const whole = Math.min(this.#longest, this.#first * 2 ** this.#step);
    this.#step = Math.min(this.#step + 1, 30);
    return Math.max(this.#first, whole * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#step = 0;
  }
}
