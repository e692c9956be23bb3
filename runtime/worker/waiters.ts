/** Promises that are resolved together at the next change of something. */
export class Waiters {
  #resolves: (() => void)[] = [];

  /** Resolves at the next notify(). */
  next(): Promise<void> {
    return new Promise((resolve) => this.#resolves.push(resolve));
  }

  notify(): void {
    if (this.#resolves.length === 0) return;
    const resolves = this.#resolves;
    this.#resolves = [];
    for (const resolve of resolves) resolve();
  }
}
