import type { Claim } from "../claim.js";

/** Most children for isolated runs at once. */
const MOST_RUNNERS = 4;

/**
 * Suspects: runs lost with their child so often that one of them may be what ends children. Each runs again alone in a
 * child of its own, so that only the one to blame fails.
 */
export class IsolatedRuns {
  readonly #startRunner: () => void;
  #suspects: Claim[] = [];
  #runners = 0;
  /** How many of these are not ready. */
  #starting = 0;

  /** `startRunner`: asks for one more runner; runnerReady() and runnerGone() follow. */
  constructor(startRunner: () => void) {
    this.#startRunner = startRunner;
  }

  /** Suspects without a runner. */
  get size(): number {
    return this.#suspects.length;
  }

  get waiting(): readonly Claim[] {
    return this.#suspects;
  }

  add(claim: Claim): void {
    this.#suspects.push(claim);
  }

  next(): Claim | undefined {
    return this.#suspects.shift();
  }

  /** Removes and returns the suspects that `matches` accepts. */
  remove(matches: (claim: Claim) => boolean): Claim[] {
    const removed = this.#suspects.filter(matches);
    if (removed.length > 0) this.#suspects = this.#suspects.filter((claim) => !removed.includes(claim));
    return removed;
  }

  /** Asks for a runner for each suspect, as far as there may be more of them. */
  startRunners(): void {
    for (const wanted = this.#suspects.length; wanted > this.#starting && this.#runners < MOST_RUNNERS; ) {
      this.#runners += 1;
      this.#starting += 1;
      this.#startRunner();
    }
  }

  runnerReady(): void {
    this.#starting -= 1;
  }

  runnerGone(wasReady: boolean): void {
    this.#runners -= 1;
    if (!wasReady) this.#starting -= 1;
  }
}
