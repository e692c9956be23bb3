import type { Clock } from "../../base/clock.js";

/** Deadlines of running work behind one timer: adding and removing one costs a map entry. */
export class Deadlines<K> {
  readonly #due = new Map<K, number>();
  readonly #clock: Clock;
  readonly #passed: (key: K) => void;
  #next = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, passed: (key: K) => void) {
    this.#clock = clock;
    this.#passed = passed;
  }

  add(key: K, due: number): void {
    this.#due.set(key, due);
    if (due < this.#next) this.#arm(due);
  }

  delete(key: K): void {
    this.#due.delete(key);
  }

  #arm(due: number): void {
    this.#cancel?.();
    this.#next = due;
    this.#cancel = this.#clock.after(due - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    this.#cancel = undefined;
    this.#next = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    const passed: K[] = [];
    for (const [key, due] of this.#due) {
      if (due <= now) passed.push(key);
      else if (due < next) next = due;
    }
    for (const key of passed) this.#due.delete(key);
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
    for (const key of passed) this.#passed(key);
  }
}
