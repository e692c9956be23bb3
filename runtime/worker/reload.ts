import { type Clock, systemClock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import { type Logger, silentLogger } from "../base/logger.js";
import { within } from "../base/within.js";
import { WorkerOptionsError } from "./errors.js";
import type { WorkerOptions } from "./options.js";
import { startWorker, UNLIMITED_GRACE_MS, type Worker } from "./worker.js";

/** At the end, runs of old code have as much time as those of new code, milliseconds. */
const STOP_MS = 31_000;

/** Old and new code run at the same time, so neither can have the one port or file for health. */
export type ReloadableOptions = Omit<WorkerOptions, "http" | "healthFile">;

/** What a reload changed, as wire names of tasks. */
export interface Reloaded {
  readonly tasks: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Handlers that still run old code. */
  readonly running: number;
}

/**
 * A worker whose handlers can be reloaded. A second worker starts with the new code and opens its own session with the
 * broker. Only then does the first one stop taking work, give back what it has not started, and finish what it runs. At
 * any time an activation is with one of them.
 */
export class ReloadableWorker {
  readonly #options: ReloadableOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #old = new Set<Worker>();
  #current: Worker;
  #stopping = false;
  #stop: () => void = () => {};
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });

  private constructor(options: ReloadableOptions, clock: Clock, log: Logger, worker: Worker) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#current = worker;
  }

  /** Rejects as startWorker. */
  static async start(options: ReloadableOptions): Promise<ReloadableWorker> {
    const { clock = systemClock(), log = silentLogger } = options;
    return new ReloadableWorker(options, clock, log, await startWorker(options));
  }

  /** The worker that takes work. */
  get current(): Worker {
    return this.#current;
  }

  /**
   * Resolves when the new code takes all work. Rejects with HandlersModuleError when it does not load, and with
   * WorkerOptionsError without child processes; then the old code stays. One at a time.
   */
  async reload(): Promise<Reloaded> {
    if (this.#options.isolation === "none") {
      throw new WorkerOptionsError(
        'expected isolation "process" for a reload, found "none": a process cannot unload code; restart it',
      );
    }
    const worker = await startWorker(this.#options);
    const old = this.#current;
    // Until it is ready, a stop ends both.
    this.#old.add(worker);
    await Promise.race([worker.ready, this.#stopped]);
    if (this.#stopping) await worker.stop();
    else {
      this.#old.delete(worker);
      this.#current = worker;
      this.#retire(old);
    }
    return {
      tasks: worker.tasks,
      added: worker.tasks.filter((task) => !old.tasks.includes(task)),
      removed: old.tasks.filter((task) => !worker.tasks.includes(task)),
      running: old.stats().running,
    };
  }

  /** As Worker.stop, for old code too. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stop();
    const over = Promise.all([this.#current, ...this.#old].map((worker) => worker.stop()));
    if (!(await within(this.#clock, STOP_MS, over))) {
      this.#log.warn("terminating handlers that still run old code; the broker will redeliver their runs", {
        workers: this.#old.size,
      });
    }
  }

  #retire(worker: Worker): void {
    this.#old.add(worker);
    worker
      .stop(UNLIMITED_GRACE_MS)
      .catch((error: unknown) =>
        this.#log.error("cannot stop the worker with the old code", { error: messageOf(error) }),
      )
      .finally(() => this.#old.delete(worker));
  }
}
