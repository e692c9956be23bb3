/** Bounds the label sets with strings from outside: the first `most` have their own series, all others share one. */
export class LabelSets {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(key: string): boolean {
    if (this.#known.has(key)) return true;
    if (this.#known.size >= this.#most) return false;
    this.#known.add(key);
    return true;
  }

  /** When all places are taken, frees those that `present` lacks. Only for values that each scrape gives anew. */
  release(present: ReadonlySet<string>): void {
    if (this.#known.size < this.#most) return;
    for (const key of this.#known) if (!present.has(key)) this.#known.delete(key);
  }
}
