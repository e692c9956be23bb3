import type { Runner } from "./runner.js";

/** A runner as the supervisor sees it. */
export class Seat {
  readonly runner: Runner;
  /** It only runs suspects, one at a time. */
  readonly solo: boolean;
  /** Runs in it whose outcome is not told yet. */
  active = 0;
  /** Runs whose outcome was told at their deadline, and whose handler goes on. */
  readonly lingering = new Set<number>();
  /** Runs seen past their deadline without an outcome. */
  readonly overdue = new Set<number>();
  /** When the first of these was seen. */
  silentSince: number | undefined;
  /** When its process was heard of the last time, by the worker's clock; undefined: it says nothing by itself. */
  heardAt: number | undefined;
  /** It was found deaf at the last look. */
  deaf = false;
  /** Its process does not get on with what it was given: it gets no work until it is heard of again. */
  blocked = false;
  /** Signs of life that its process has given. */
  beats = 0;
  /** It gets no new work. */
  retired = false;
  killed = false;
  #left = false;

  constructor(runner: Runner, solo = false) {
    this.runner = runner;
    this.solo = solo;
  }

  /** For any work. */
  get free(): number {
    return this.retired || this.killed || this.solo || this.blocked ? 0 : this.runner.slots - this.active;
  }

  /** Nothing that counts runs in it any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.retired = true;
    if (this.lingering.size > 0) this.runner.kill();
    else this.runner.end();
  }
}
