import type { Outcome } from "../../../wire/session.js";
import type { Session } from "./session.js";

/** Claims that wait at the same time. Workers may name any number; further ones count as unknown. */
const MOST = 262_144;

/** A claim that a worker brought back for an activation that was not read again yet. */
interface Adoption {
  readonly id: string;
  readonly claim: number;
  readonly session: Session;
  /** When it is not read again by then, it was settled before the start. */
  readonly until: number;
  outcome: Outcome | undefined;
}

/** The claims that wait for their activations to be read again after a start. */
export class Adoptions {
  readonly #byId = new Map<string, Adoption>();
  readonly #byClaim = new Map<number, Adoption>();
  /** Ids that were cancelled since the start: a claim that a worker brings back for one is over. */
  readonly #refused = new Set<string>();
  /** Not later than the end of any. */
  #earliest = Number.POSITIVE_INFINITY;

  /** One whose outcome has come stays. */
  add(session: Session, claim: number, id: string, until: number): void {
    if (this.#byId.get(id)?.outcome !== undefined) return;
    this.take(id);
    if (this.#byId.size >= MOST || this.#refused.has(id)) return;
    const adoption = { id, claim, session, until, outcome: undefined };
    this.#earliest = Math.min(this.#earliest, until);
    this.#byId.set(id, adoption);
    this.#byClaim.set(claim, adoption);
  }

  /** Claims of this activation do not wait, until everything is read again. */
  refuse(id: string): void {
    if (this.#refused.size < MOST) this.#refused.add(id);
  }

  /** Whether something waits until everything is read again. */
  get expecting(): boolean {
    return this.#byId.size > 0 || this.#refused.size > 0;
  }

  /** Everything is read again. Returns how many that still waited had an outcome. */
  allRead(): number {
    this.#refused.clear();
    return this.over(Number.POSITIVE_INFINITY);
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

  /** Adoptions with an outcome stay: it counts when the activation is read again, whatever became of the session. */
  forget(gone: (adoption: Adoption) => boolean): void {
    for (const adoption of [...this.#byId.values()]) {
      if (adoption.outcome === undefined && gone(adoption)) this.take(adoption.id);
    }
  }

  /** The worker returns the claim. An outcome that came before still counts. */
  giveUp(claim: number, session: string): void {
    const adoption = this.#byClaim.get(claim);
    if (adoption?.session.id === session && adoption.outcome === undefined) this.take(adoption.id);
  }

  /** Removes those whose time is over: they were settled before the start. Returns how many of them had an outcome. */
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
