import type { Claim } from "../claim.js";

/** Claims that wait to start, first come first served. */
export class ClaimQueue {
  #claims: Claim[] = [];

  get size(): number {
    return this.#claims.length;
  }

  get claims(): readonly Claim[] {
    return this.#claims;
  }

  add(claim: Claim): void {
    this.#claims.push(claim);
  }

  /** Removes and returns at most `count` from the front. */
  take(count: number): Claim[] {
    return this.#claims.splice(0, count);
  }

  /** Removes and returns those that `matches` accepts. */
  remove(matches: (claim: Claim) => boolean): Claim[] {
    const removed: Claim[] = [];
    const kept: Claim[] = [];
    for (const claim of this.#claims) (matches(claim) ? removed : kept).push(claim);
    if (removed.length > 0) this.#claims = kept;
    return removed;
  }
}
