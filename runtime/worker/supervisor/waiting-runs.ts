import type { Claim } from "../claim.js";
import { ClaimQueue } from "./claim-queue.js";
import type { IsolatedRuns } from "./isolation.js";

/** Runs that were lost with their child or taken back from it and wait to start again, isolated or with others. */
export class WaitingRuns {
  readonly isolated: IsolatedRuns;
  readonly #shared = new ClaimQueue();

  constructor(isolated: IsolatedRuns) {
    this.isolated = isolated;
  }

  get size(): number {
    return this.#shared.size + this.isolated.size;
  }

  /** Those that need not be isolated. */
  get shared(): number {
    return this.#shared.size;
  }

  get claims(): readonly Claim[] {
    return [...this.#shared.claims, ...this.isolated.waiting];
  }

  add(claim: Claim): void {
    this.#shared.add(claim);
  }

  /** At most `count` runs that need not be isolated. */
  take(count: number): Claim[] {
    return this.#shared.take(count);
  }

  /** Removes and returns the runs that `matches` accepts. */
  remove(matches: (claim: Claim) => boolean): Claim[] {
    if (this.size === 0) return [];
    return [...this.#shared.remove(matches), ...this.isolated.remove(matches)];
  }
}
