import type { Claim } from "../claim.js";
import { ClaimQueue } from "./claim-queue.js";

/** Most children for isolated runs at once. */
const MOST_RUNNERS = 4;

/**
 * Suspects: runs lost with their child so often that one of them may be what ends children. Each runs again alone in a
 * child of its own, so that only the one to blame fails.
 */
export class IsolatedRuns {
  readonly #startRunner: () => void;
  readonly #suspects = new ClaimQueue();
  #runners = 0;
  /** How many of these are not ready. */
  #starting = 0;

  /** `startRunner`: asks for one more runner; runnerReady() and runnerGone() follow. */
  constructor(startRunner: () => void) {
    this.#startRunner = startRunner;
  }

  /** Suspects without a runner. */
  get size(): number {
    return this.#suspects.size;
  }

  get waiting(): readonly Claim[] {
    return this.#suspects.claims;
  }

  add(claim: Claim): void {
    this.#suspects.add(claim);
  }

  next(): Claim | undefined {
    return this.#suspects.take(1)[0];
  }

  /** Removes and returns the suspects that `matches` accepts. */
  remove(matches: (claim: Claim) => boolean): Claim[] {
    return this.#suspects.remove(matches);
  }

  /** Asks for a runner for each suspect, as far as there may be more of them. */
  startRunners(): void {
    for (const wanted = this.#suspects.size; wanted > this.#starting && this.#runners < MOST_RUNNERS; ) {
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
