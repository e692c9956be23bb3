import type { Effect } from "./events.js";

/** The event at hand: its times, and its effects so far. */
export class Step {
  /** Monotonic milliseconds: what lasts (deadlines of runs, claims, sessions) is measured by it. */
  now = 0;
  /** Milliseconds by the wall: what is due (delays, expiries, the memory of ids) is decided by it. */
  wall = 0;
  #effects: Effect[] = [];

  /** By how many milliseconds the wall is ahead of `now`: a whole number, because the two are read one after the other. */
  get lead(): number {
    return Math.round(this.wall - this.now);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  log(level: "debug" | "info" | "warn" | "error", message: string, fields: object): void {
    this.#effects.push({ kind: "log", level, message, fields });
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
