import { setImmediate } from "node:timers/promises";

/** Longest turn that reading takes from the event loop, milliseconds. */
const TURN_MS = 3;
/** Rows looked at from one look at the time to the next. */
const ROWS = 64;

/** Divides long work over many rows into turns between which the event loop serves others. */
export class Breath {
  #rows = 0;
  #until = performance.now() + TURN_MS;

  /** To be called for each row. Whether the turn is over: then `pause` comes next. `rows`: what it costs, in plain rows. */
  over(rows = 1): boolean {
    this.#rows += rows;
    if (this.#rows < ROWS) return false;
    this.#rows = 0;
    return performance.now() >= this.#until;
  }

  /** Lets everything that waits be done first. Rejects when the signal aborts. */
  async pause(signal?: AbortSignal): Promise<void> {
    await setImmediate(undefined, { signal });
    this.#until = performance.now() + TURN_MS;
  }
}
