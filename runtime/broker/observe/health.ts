import type { Clock } from "../../base/clock.js";
import type { Reason } from "../../operations/status/causes.js";
import { type HealthFacts, reasonsOf } from "./readiness.js";

const BEAT_MS = 1000;
/** A beat that comes this late means that the process stalled. */
const STALL_MS = 10_000;

/** Checks the facts every second, and notices when the process stalled in between. */
export class Health {
  readonly #clock: Clock;
  readonly #facts: (stalled: HealthFacts["stalled"]) => HealthFacts;
  readonly #listeners = new Set<() => void>();
  #beatAt: number;
  #stalled: HealthFacts["stalled"];
  #serving: boolean | undefined;
  #cancel: () => void = () => {};

  constructor(clock: Clock, facts: (stalled: HealthFacts["stalled"]) => HealthFacts) {
    this.#clock = clock;
    this.#facts = facts;
    this.#beatAt = clock.now();
    this.#next();
  }

  reasons(): Reason[] {
    this.#noticeStall();
    return reasonsOf(this.#facts(this.#stalled));
  }

  serving(): boolean {
    return this.reasons().length === 0;
  }

  /** Calls the listener when serving() has changed; returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Checks at once, for a change that cannot wait for the next second. */
  check(): void {
    const serving = this.serving();
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const listener of this.#listeners) listener();
  }

  stop(): void {
    this.#cancel();
  }

  #next(): void {
    this.#cancel = this.#clock.after(BEAT_MS, () => {
      this.check();
      this.#beatAt = this.#clock.now();
      this.#next();
    });
  }

  #noticeStall(): void {
    const now = this.#clock.now();
    const late = now - this.#beatAt - BEAT_MS;
    if (late > STALL_MS) this.#stalled = { until: now, milliseconds: late };
  }
}
