import type { Outcome } from "../../../wire/session.js";
import type { Claimant } from "./session.js";

/** Claims that wait at once: workers name them, and may name any number. Further ones count as unknown. */
const MOST = 262_144;

/** A claim that a worker brought back for an activation that is not read again yet. */
export interface Adoption {
  readonly id: string;
  readonly claim: number;
  readonly claimant: Claimant;
  /** Not read again by then, it was settled before the start. */
  readonly until: number;
  outcome: Outcome | undefined;
}

/** The claims that wait for their activations to be read again after a start. */
export class Adoptions {
  readonly #byId = new Map<string, Adoption>();
  readonly #byClaim = new Map<number, Adoption>();
  /** Not later than the end of any. */
  #earliest = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#byId.size;
  }

  /** One whose outcome is there already stays. */
  add(claimant: Claimant, claim: number, id: string, until: number): void {
    if (this.#byId.get(id)?.outcome !== undefined) return;
    this.take(id);
    if (this.#byId.size >= MOST) return;
    const adoption = { id, claim, claimant, until, outcome: undefined };
    this.#earliest = Math.min(this.#earliest, until);
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

  /** The worker gives the claim back; an outcome that came counts all the same. */
  giveUp(claim: number, session: string): void {
    const adoption = this.#byClaim.get(claim);
    if (adoption?.claimant.session === session && adoption.outcome === undefined) this.take(adoption.id);
  }

  /** Those that wait no longer were settled before the start. Returns how many outcomes came for nothing. */
  over(now: number): number {
    if (now < this.#earliest) return 0;
    let outcomes = 0;
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const { id, until, outcome } of [...this.#byId.values()]) {
      if (until > now) {
        this.#earliest = Math.min(this.#earliest, until);
        continue;
      }
      this.take(id);
      if (outcome !== undefined) outcomes += 1;
    }
    return outcomes;
  }

  /** When `over` has something to do; Infinity when never. */
  get nextEnd(): number {
    return this.#byId.size === 0 ? Number.POSITIVE_INFINITY : this.#earliest;
  }
}
