import type { ChangeSet } from "../commit/changes.js";

/** Number of claims per boot number; then the next boot number is used. */
const CLAIMS_PER_BOOT = 2 ** 32;

/** Claim numbers: boot number * 2^32 + counter, so that none is used twice over restarts. */
export class ClaimNumbers {
  readonly #changes: ChangeSet;
  #boot = 0;
  #counter = 0;

  constructor(changes: ChangeSet) {
    this.#changes = changes;
  }

  recovered(boot: number): void {
    this.#boot = boot;
    this.#changes.boot(boot);
  }

  next(): number {
    this.#counter += 1;
    if (this.#counter === CLAIMS_PER_BOOT) {
      this.#boot += 1;
      this.#counter = 1;
      this.#changes.boot(this.#boot);
    }
    return this.#boot * CLAIMS_PER_BOOT + this.#counter;
  }
}
