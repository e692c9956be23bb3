import type { Clock } from "#runtime/base/clock.js";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  timeout: NodeJS.Timeout | undefined;
}

/** The system's time, parts of which a test can skip: what is due then runs at once. */
export class SkippingClock implements Clock {
  #offset = Date.now() - performance.now();
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#offset + performance.now();
  }

  wall(): number {
    return this.now();
  }

  after(delay: number, run: () => void): () => void {
    const timer: Timer = { at: this.now() + Math.max(0, delay), run, timeout: undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#forget(timer);
  }

  skip(milliseconds: number): void {
    this.#offset += milliseconds;
    for (const timer of [...this.#timers]) this.#arm(timer);
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.timeout);
    timer.timeout = setTimeout(
      () => {
        this.#forget(timer);
        timer.run();
      },
      Math.min(Math.max(0, timer.at - this.now()), 2 ** 31 - 1),
    ).unref();
  }

  #forget(timer: Timer): void {
    clearTimeout(timer.timeout);
    this.#timers.delete(timer);
  }
}
