import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { UnclaimedTask } from "../../operations/status/document.js";
import { taskKey } from "../inflight/counts/tally.js";
import { UNHANDLED_TASK } from "../inflight/states/parking.js";

const CHECK_EVERY_MS = 10_000;
/** How long an activation waits before its task is logged. */
const UNCLAIMED_AFTER_MS = 30_000;
/** After this time a task that still waits is logged again. */
const REPEAT_AFTER_MS = 300_000;
/** Most tasks logged at a time: their names come from outside. */
const MOST_TASKS = 20;

/** Periodically logs tasks whose activations wait because no connected worker handles them. */
export class UnclaimedTaskDetector {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #unclaimed: () => readonly UnclaimedTask[];
  /** When each waiting task was logged, within the last REPEAT_AFTER_MS. */
  readonly #logged = new Map<string, number>();
  #cancel: () => void = () => {};

  constructor(clock: Clock, logger: Logger, unclaimed: () => readonly UnclaimedTask[]) {
    this.#clock = clock;
    this.#logger = logger;
    this.#unclaimed = unclaimed;
    this.#next();
  }

  stop(): void {
    this.#cancel();
  }

  #next(): void {
    this.#cancel = this.#clock.after(CHECK_EVERY_MS, () => {
      this.#check();
      this.#next();
    });
  }

  #check(): void {
    const now = this.#clock.now();
    const waiting = this.#unclaimed().filter(({ oldest }) => oldest >= UNCLAIMED_AFTER_MS);
    const keys = new Set(waiting.map(taskKey));
    for (const [key, at] of this.#logged) if (!keys.has(key) || now - at >= REPEAT_AFTER_MS) this.#logged.delete(key);
    const due = waiting.filter((task) => !this.#logged.has(taskKey(task)));
    for (const task of due.slice(0, MOST_TASKS)) {
      this.#logged.set(taskKey(task), now);
      const { application, namespace, task: name, pending, parked, oldest, owner } = task;
      this.#logger.warn(UNHANDLED_TASK, {
        application,
        namespace,
        task: name,
        pending,
        parked,
        oldest,
        ...(owner === undefined ? {} : { owner }),
      });
    }
    if (due.length > MOST_TASKS) {
      this.#logger.warn("no connected worker handles further tasks; `taskwire status` lists them", {
        tasks: due.length - MOST_TASKS,
      });
    }
  }
}
