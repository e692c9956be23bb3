import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { Unclaimed } from "./status.js";

/** How often the detector looks, and how long work waits before it is named. */
const LOOK_EVERY_MS = 10_000;
const UNCLAIMED_AFTER_MS = 30_000;
/** A task that still waits is named again after this time. */
const AGAIN_AFTER_MS = 300_000;
/** Tasks named at a time: their names come from outside. */
const NAMED_AT_A_TIME = 20;

/** Names, again and again, the application and task of work that waits because no worker takes it. */
export class Detector {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #unclaimed: () => readonly Unclaimed[];
  /** When each task that waits was named, within the last AGAIN_AFTER_MS. */
  readonly #named = new Map<string, number>();
  #cancel: () => void = () => {};

  constructor(clock: Clock, logger: Logger, unclaimed: () => readonly Unclaimed[]) {
    this.#clock = clock;
    this.#logger = logger;
    this.#unclaimed = unclaimed;
    this.#next();
  }

  stop(): void {
    this.#cancel();
  }

  #next(): void {
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.#next();
    });
  }

  #look(): void {
    const now = this.#clock.now();
    const waiting = this.#unclaimed().filter(({ oldest }) => oldest >= UNCLAIMED_AFTER_MS);
    const keys = new Set(waiting.map(keyOf));
    for (const [key, at] of this.#named) if (!keys.has(key) || now - at >= AGAIN_AFTER_MS) this.#named.delete(key);
    const due = waiting.filter((task) => !this.#named.has(keyOf(task)));
    for (const task of due.slice(0, NAMED_AT_A_TIME)) {
      this.#named.set(keyOf(task), now);
      const { application, namespace, task: name, pending, parked, oldest, owner } = task;
      this.#logger.warn("no worker names this task; its activations wait", {
        application,
        namespace,
        task: name,
        pending,
        parked,
        oldest,
        ...(owner === undefined ? {} : { owner }),
      });
    }
    if (due.length > NAMED_AT_A_TIME)
      this.#logger.warn("no worker names further tasks; `taskwire status` lists them", {
        tasks: due.length - NAMED_AT_A_TIME,
      });
  }
}

function keyOf({ application, namespace, task }: Unclaimed): string {
  return `${application}\0${namespace}\0${task}`;
}
