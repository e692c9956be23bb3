import { type Clock, TIMERS } from "../base/clock.js";
import { type Duration, milliseconds } from "../base/duration.js";
import { TestingError } from "./errors.js";

/** The real timer, also while a test runner has replaced the global one. */
const { setTimeout: startTimer } = globalThis;

interface Timer {
  readonly at: number;
  readonly run: () => void;
  /** Stops the wait for its real time. */
  stop: () => void;
}

/**
 * A clock that moves only by `advance`: delays, expiries, deadlines and backoffs wait for it. Waits that do not depend on
 * the time of day, such as the retry of a lost connection, also end after their real time.
 */
export class TestClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  /** `start`: a Date, or a date string. Default: now. Throws TestingError for an invalid date. */
  constructor(start: Date | string | number = Date.now()) {
    this.#now = new Date(start).getTime();
    if (Number.isNaN(this.#now)) throw new TestingError("bad_clock", `expected a date to start from, got "${start}"`);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  /** The time as a Date. */
  get date(): Date {
    return new Date(this.#now);
  }

  /** Moves the clock ahead and starts what is due. Throws DurationError. */
  advance(duration: Duration): void {
    this.moveTo(this.#now + milliseconds(duration));
  }

  /** Moves the clock to a moment, milliseconds since the epoch; never back. */
  moveTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((one, other) => one.at - other.at);
    for (const timer of due) if (this.#timers.has(timer)) this.#fire(timer);
  }

  after(delay: number, run: () => void): () => void {
    const wait = Math.max(0, delay);
    const timer: Timer = { at: this.#now + wait, run, stop: () => {} };
    this.#timers.add(timer);
    timer.stop = TIMERS.after(wait, () => this.#fire(timer));
    return () => this.#forget(timer);
  }

  #fire(timer: Timer): void {
    this.#forget(timer);
    timer.run();
  }

  #forget(timer: Timer): void {
    timer.stop();
    this.#timers.delete(timer);
  }
}

/** A TestClock. `start`: a Date, or a date string. Default: now. */
export function testClock(start?: Date | string): TestClock {
  return new TestClock(start);
}

/** Resolves after real milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    startTimer(resolve, milliseconds);
  });
}
