/** Replays that are looked at together, and how many of them may come back. */
const TOGETHER = 100;
const TOO_MANY = 50;
/** The newest replays that are remembered. */
const REMEMBERED = 10_000;

/** Which replays of a job are back as dead letters: replaying on is of no use when half of a hundred are. */
export class Returns {
  /** The hundred of each replay, in the order in which they were sent; taken out when it is back. */
  readonly #hundreds = new Map<string, number>();
  readonly #back = new Map<number, number>();
  #sent = 0;
  #tripped = false;

  get tripped(): boolean {
    return this.#tripped;
  }

  sent(ids: readonly string[]): void {
    for (const id of ids) {
      this.#hundreds.set(id, Math.floor(this.#sent / TOGETHER));
      this.#sent += 1;
    }
    for (const id of this.#hundreds.keys()) {
      if (this.#hundreds.size <= REMEMBERED) break;
      this.#hundreds.delete(id);
    }
  }

  /** `roots`: the first runs of chains that are dead letters now. */
  came(roots: readonly string[]): void {
    for (const root of roots) {
      const hundred = this.#hundreds.get(root);
      if (hundred === undefined) continue;
      this.#hundreds.delete(root);
      const back = (this.#back.get(hundred) ?? 0) + 1;
      this.#back.set(hundred, back);
      if (back >= TOO_MANY) this.#tripped = true;
      for (const old of this.#back.keys()) {
        if (this.#back.size <= REMEMBERED / TOGETHER) break;
        this.#back.delete(old);
      }
    }
  }
}
