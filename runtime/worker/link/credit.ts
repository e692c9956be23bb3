import type { Clock } from "../../base/clock.js";

/** When credit has been unused for this long, the broker has no more work, milliseconds. */
const UNUSED_MS = 50;

/** How many activations one broker may still deliver, and whether it uses what it is given. */
export class Credit {
  readonly #clock: Clock;
  #left = 0;
  /** When credit was last given or used. */
  #movedAt = 0;
  #usedUp = false;
  /** The broker was asked to return its unused credit and has not answered. */
  withdrawing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Given and not used. */
  get left(): number {
    return this.#left;
  }

  /** It has not been used for a while: the broker has no more work. */
  get idle(): boolean {
    return this.#left > 0 && this.#clock.now() - this.#movedAt >= UNUSED_MS;
  }

  /** The broker used up what it was given: it has more work. */
  get hungry(): boolean {
    return this.#usedUp && !this.idle;
  }

  give(count: number): void {
    this.#left += count;
    this.#movedAt = this.#clock.now();
  }

  use(count: number): void {
    this.#left = Math.max(0, this.#left - count);
    this.#movedAt = this.#clock.now();
    if (this.#left === 0) this.#usedUp = true;
  }

  /** The broker has work although it has no credit. */
  markHungry(): void {
    this.#usedUp = true;
  }

  /** No more work is wanted. */
  cancel(): void {
    this.#left = 0;
  }

  /** The broker has returned it, or the session has ended. */
  reset(): void {
    this.#left = 0;
    this.#usedUp = false;
    this.withdrawing = false;
  }
}
