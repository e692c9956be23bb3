import type { Worker } from "node:worker_threads";
import type { Clock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import { startPackageThread } from "../../base/process/package-thread.js";
import type { LockAnswer, LockRequest } from "./messages.js";
import type { Lock } from "./port.js";

/** The lock did not answer; the activation must not start. */
class LockError extends TaskwireError {
  constructor(problem: string) {
    super("lock_failed", `at-most-once lock: ${problem}`);
  }
}

interface Waiting {
  readonly key: string;
  readonly until: number;
  readonly resolve: (first: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** A lock in a SQLite file that several processes share. The first add() opens the file and starts its thread. */
export class SqliteLock implements Lock {
  readonly #file: () => string;
  readonly #clock: Clock;
  #thread: Worker | undefined;
  #queue: Waiting[] = [];
  readonly #asked = new Map<number, readonly Waiting[]>();
  #number = 0;

  /** `file`: returns the absolute path; called when the file is opened. */
  constructor(file: () => string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  add(key: string, ttl: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, until: Math.ceil(this.#clock.wall() + ttl), resolve, reject });
      if (this.#queue.length === 1) process.nextTick(() => this.#ask());
    });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
    thread.postMessage("close");
    await ended;
  }

  #ask(): void {
    const waiting = this.#queue;
    this.#queue = [];
    this.#number += 1;
    const keys = waiting.map(({ key, until }) => ({ key, until }));
    const request: LockRequest = { number: this.#number, keys, now: Math.floor(this.#clock.wall()) };
    try {
      this.#thread ??= this.#open();
    } catch (error) {
      for (const { reject } of waiting) reject(error instanceof Error ? error : new LockError(String(error)));
      return;
    }
    this.#asked.set(request.number, waiting);
    this.#thread.postMessage(request);
  }

  #open(): Worker {
    const thread = startPackageThread("./thread.js", import.meta.url, {
      workerData: this.#file(),
      name: "taskwire lock",
    });
    thread.unref();
    thread.on("message", (answer: LockAnswer) => {
      const waiting = this.#asked.get(answer.number) ?? [];
      this.#asked.delete(answer.number);
      waiting.forEach(({ resolve, reject }, index) => {
        if ("problem" in answer) reject(new LockError(answer.problem));
        else resolve(answer.first[index] === true);
      });
    });
    const gone = (problem: string) => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const waiting of this.#asked.values()) for (const { reject } of waiting) reject(new LockError(problem));
      this.#asked.clear();
    };
    thread.on("error", (error) => gone(error.message));
    thread.on("exit", (code) => gone(`its thread ended with code ${code}`));
    return thread;
  }
}
