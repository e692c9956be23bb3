/** Reads a clock that never runs backwards, in seconds; only differences of two readings mean something. */
export type Monotonic = () => number;

export const systemMonotonic: Monotonic = () => performance.now() / 1000;

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

/** A handle on one timer, without a state of its own (dynamic-sampling.md 3). Seconds. */
export class NamedTimer {
  readonly name: string;
  readonly #timers: Timers;

  constructor(name: string, timers: Timers) {
    this.name = name;
    this.#timers = timers;
  }

  start(): number {
    return this.#timers.start(this.name);
  }

  stop(): number {
    return this.#timers.stop(this.name);
  }

  current(): number {
    return this.#timers.current(this.name);
  }

  /** Runs `inner` within the timer, until its promise settles when it gives one. Errors pass. */
  run<T>(inner: () => T): T {
    this.start();
    return onSettled(inner, () => this.stop());
  }

  /** `using _ = timer.scope()`: started now, stopped when the block is left, on error too. */
  scope(): Disposable {
    this.start();
    return { [Symbol.dispose]: () => void this.stop() };
  }
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Calls `inner` and gives what it gives. `settled` is called once, when `inner` has returned, thrown, or, when it gave a
 * promise, when that has settled: before anyone who awaits the promise goes on.
 */
export function onSettled<T>(inner: () => T, settled: (how: Settled<unknown>) => void): T {
  let value: T;
  try {
    value = inner();
  } catch (error) {
    settled({ ok: false });
    throw error;
  }
  if (isThenable(value)) {
    value.then(
      (result: unknown) => settled({ ok: true, value: result }),
      () => settled({ ok: false }),
    );
  } else settled({ ok: true, value });
  return value;
}

/** Also promises of other makes. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
