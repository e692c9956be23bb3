/** After a start, hand-out waits a while for the workers that the journal knows, because they bring their claims back. */
export class StartGate {
  readonly #awaited = new Set<string>();
  #until = 0;

  await(workers: readonly string[], until: number): void {
    for (const worker of workers) this.#awaited.add(worker);
    if (workers.length > 0) this.#until = until;
  }

  /** The worker is back, or does not come back. */
  strike(worker: string): void {
    this.#awaited.delete(worker);
    if (this.#awaited.size === 0) this.#until = 0;
  }

  /** What it waits for; undefined when it is open. */
  closed(now: number): { readonly awaited: readonly string[]; readonly until: number } | undefined {
    return this.isOpen(now) ? undefined : { awaited: [...this.#awaited], until: this.#until };
  }

  isOpen(now: number): boolean {
    return now >= this.#until;
  }

  /** When it opens; Infinity when it is open. */
  nextWake(now: number): number {
    return this.isOpen(now) ? Number.POSITIVE_INFINITY : this.#until;
  }
}
