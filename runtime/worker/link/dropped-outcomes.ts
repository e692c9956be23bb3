import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";

/** Dropped outcomes are told together, at most once in this time, milliseconds. */
const TELL_EVERY_MS = 10_000;

/** Counts the outcomes that one broker never took, and tells the log once in a while, by task. */
export class DroppedOutcomes {
  readonly #broker: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #untold = new Map<string, number>();
  #why = "";
  #armed = false;
  /** Since the start. */
  count = 0;

  constructor(broker: string, clock: Clock, log: Logger) {
    this.#broker = broker;
    this.#clock = clock;
    this.#log = log;
  }

  add(task: string, why: string): void {
    this.count += 1;
    this.#untold.set(task, (this.#untold.get(task) ?? 0) + 1);
    this.#why = why;
    if (this.#armed) return;
    this.#armed = true;
    this.tell();
    this.#clock.after(TELL_EVERY_MS, () => {
      this.#armed = false;
      this.tell();
    });
  }

  /** Tells what was not told yet. */
  tell(): void {
    if (this.#untold.size === 0) return;
    const tasks = Object.fromEntries(this.#untold);
    this.#untold.clear();
    this.#log.warn("outcomes are dropped", { broker: this.#broker, tasks, why: this.#why });
  }
}
