import { BATCH_ACTIVATIONS } from "../../wire/limits.js";

/** How much unstarted work is worth holding, as the time it takes to run it, milliseconds. */
const HORIZON_MS = 20;
const WEIGHT = 0.05;

/**
 * How much work to hold beyond free slots: as much as runs within 20 ms, at most one batch. If runs are long, none is
 * held, and another worker takes it.
 */
export class Prefetch {
  readonly #slots: number;
  /** Weighted mean time of a run, milliseconds; unknown at first, so nothing is held. */
  #mean = Number.POSITIVE_INFINITY;

  constructor(slots: number) {
    this.#slots = slots;
  }

  ended(milliseconds: number): void {
    this.#mean =
      this.#mean === Number.POSITIVE_INFINITY ? milliseconds : this.#mean + WEIGHT * (milliseconds - this.#mean);
  }

  /** Work that was held waited too long. */
  stalled(): void {
    this.#mean = Number.POSITIVE_INFINITY;
  }

  count(): number {
    return Math.min(BATCH_ACTIVATIONS, Math.floor((this.#slots * HORIZON_MS) / Math.max(this.#mean, 0.01)));
  }
}
