import { type Monotonic, systemMonotonic } from "./monotonic.js";
import { NamedTimer } from "./named-timer.js";

interface Entry {
  /** Seconds of all runs that ended. */
  elapsed: number;
  /** The clock's reading at the start; null while stopped. A reading of 0 is a start like any other. */
  started: number | null;
}

/**
 * Stop watches by name, in seconds (dynamic-sampling.md 3). Any operation makes the entry of its name. Not re-entrant: an
 * inner stop of the same name stops the outer one too.
 */
export class Timers {
  readonly #monotonic: Monotonic;
  readonly #entries = new Map<string, Entry>();

  constructor(monotonic: Monotonic = systemMonotonic) {
    this.#monotonic = monotonic;
  }

  /** Starts it unless it runs; gives `current(name)`. */
  start(name: string): number {
    this.#entry(name).started ??= this.#monotonic();
    return this.current(name);
  }

  /** Stops it if it runs; gives `current(name)`. */
  stop(name: string): number {
    const entry = this.#entry(name);
    if (entry.started !== null) entry.elapsed += this.#monotonic() - entry.started;
    entry.started = null;
    return entry.elapsed;
  }

  /** Seconds it ran so far, a run that goes on included. Reading changes nothing. */
  current(name: string): number {
    const { elapsed, started } = this.#entry(name);
    return started === null ? elapsed : elapsed + this.#monotonic() - started;
  }

  /** A handle; all handles of one name share its state. */
  getTimer(name: string): NamedTimer {
    return new NamedTimer(name, this);
  }

  /** Every name used so far, in order of first use. */
  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name) ?? { elapsed: 0, started: null };
    this.#entries.set(name, entry);
    return entry;
  }
}
