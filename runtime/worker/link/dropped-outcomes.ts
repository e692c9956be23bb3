import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";

/** Dropped outcomes are logged together, at most once in this time, milliseconds. */
const LOG_EVERY_MS = 10_000;

/** Counts the outcomes that one broker never acknowledged and logs them from time to time, by task. */
export class DroppedOutcomes {
  readonly #broker: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Not yet logged. */
  readonly #byTask = new Map<string, number>();
  #why = "";
  #armed = false;
  /** Since the worker started. */
  count = 0;

  constructor(broker: string, clock: Clock, log: Logger) {
    this.#broker = broker;
    this.#clock = clock;
    this.#log = log;
  }

  add(task: string, why: string): void {
    this.count += 1;
    this.#byTask.set(task, (this.#byTask.get(task) ?? 0) + 1);
    this.#why = why;
    if (this.#armed) return;
    this.#armed = true;
    this.flush();
    this.#clock.after(LOG_EVERY_MS, () => {
      this.#armed = false;
      this.flush();
    });
  }

  /** Logs what has not been logged yet. */
  flush(): void {
    if (this.#byTask.size === 0) return;
    const tasks = Object.fromEntries(this.#byTask);
    this.#byTask.clear();
    this.#log.warn("outcomes dropped", { broker: this.#broker, tasks, why: this.#why });
  }
}
