import { onSettled } from "./settled.js";
import type { Timers } from "./timers.js";

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
