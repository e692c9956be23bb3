import type { Outcome } from "../../wire/session.js";
import type { Claimant } from "./claims.js";

/** A claim that a worker brought back for an activation that is not read again yet. */
export interface Adoption {
  readonly id: string;
  readonly claim: number;
  readonly claimant: Claimant;
  outcome: Outcome | undefined;
}

/** The claims that wait for their activations to be read again after a start. */
export class Adoptions {
  readonly #byId = new Map<string, Adoption>();
  readonly #byClaim = new Map<number, Adoption>();

  get size(): number {
    return this.#byId.size;
  }

  add(claimant: Claimant, claim: number, id: string): void {
    this.take(id);
    const adoption = { id, claim, claimant, outcome: undefined };
    this.#byId.set(id, adoption);
    this.#byClaim.set(claim, adoption);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get(claim: number): Adoption | undefined {
    return this.#byClaim.get(claim);
  }

  take(id: string): Adoption | undefined {
    const adoption = this.#byId.get(id);
    if (adoption !== undefined) {
      this.#byId.delete(id);
      this.#byClaim.delete(adoption.claim);
    }
    return adoption;
  }

  /** An outcome that came counts when its activation is read again, whatever became of its session. */
  forget(gone: (adoption: Adoption) => boolean): void {
    for (const adoption of [...this.#byId.values()]) {
      if (adoption.outcome === undefined && gone(adoption)) this.take(adoption.id);
    }
  }

  /** All is read again: what still waits has ended long ago. Returns how many outcomes came for nothing. */
  clear(): number {
    let outcomes = 0;
    for (const { outcome } of this.#byId.values()) if (outcome !== undefined) outcomes += 1;
    this.#byId.clear();
    this.#byClaim.clear();
    return outcomes;
  }
}
