/** What is needed of the machine. */
interface Awaiting {
  /** Whether one of the claims waits for its activation to be read again. */
  awaits(claims: readonly number[]): boolean;
}

/** Outcomes that wait for their activations to be read again after a start: until then no commit holds them. */
export class RereadWaits {
  readonly #inflight: Awaiting;
  #waiting: { readonly claims: readonly number[]; readonly resolve: () => void }[] = [];

  constructor(inflight: Awaiting) {
    this.#inflight = inflight;
  }

  /** Resolves when none of the claims waits; undefined: none does. */
  until(claims: readonly number[]): Promise<void> | undefined {
    if (!this.#inflight.awaits(claims)) return undefined;
    return new Promise((resolve) => this.#waiting.push({ claims, resolve }));
  }

  /** Events were applied: some may wait no more. */
  applied(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ claims, resolve }) => {
      const awaits = this.#inflight.awaits(claims);
      if (!awaits) resolve();
      return awaits;
    });
  }
}
