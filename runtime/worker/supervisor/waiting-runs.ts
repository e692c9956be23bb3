import type { Claim } from "../claim.js";
import type { IsolatedRuns } from "./isolation.js";

/** Runs that were lost with their child or taken back from it and wait to start again, isolated or with others. */
export class WaitingRuns {
  readonly isolated: IsolatedRuns;
  #shared: Claim[] = [];

  constructor(isolated: IsolatedRuns) {
    this.isolated = isolated;
  }

  get size(): number {
    return this.#shared.length + this.isolated.size;
  }

  /** Those that need not be isolated. */
  get shared(): number {
    return this.#shared.length;
  }

  get claims(): readonly Claim[] {
    return [...this.#shared, ...this.isolated.waiting];
  }

  add(claim: Claim): void {
    this.#shared.push(claim);
  }

  /** At most `count` runs that need not be isolated. */
  take(count: number): Claim[] {
    return this.#shared.splice(0, count);
  }

  /** Removes and returns the runs that `matches` accepts. */
  remove(matches: (claim: Claim) => boolean): Claim[] {
    if (this.size === 0) return [];
    const removed = this.#shared.filter(matches);
    if (removed.length > 0) this.#shared = this.#shared.filter((claim) => !removed.includes(claim));
    return [...removed, ...this.isolated.remove(matches)];
  }
}
