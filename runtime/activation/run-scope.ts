import { setImmediate } from "node:timers";
import type { TaskRun } from "./run.js";

/** What a handler gets of a `.delay()` call. */
class TrackedCall<T> extends Promise<T> {
  /** Promises made of it are ordinary ones: Node reports their rejections that nothing handles. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Something waits for it: `await`, `then`, `catch`, `Promise.all` and the like all call `then`. */
  taken = false;

  constructor(run: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason: unknown) => void) => void) {
    super(run);
    // One that nothing waits for fails its run, not its process.
    super.then(undefined, () => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, which is how we learn that something waits
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.taken = true;
    return super.then(fulfilled, rejected);
  }
}

/**
 * The `.delay()` calls of one run: its outcome waits for them. A failed call that something waits for is the handler's
 * to handle: its error reaches the handler's promise, is caught, or is an unhandled rejection like any other. One that
 * nothing waits for, a forgotten `await`, fails the run.
 */
export class RunScope {
  readonly task: TaskRun;
  /** undefined: there was no call; most runs make none. */
  #pending: Set<Promise<unknown>> | undefined;
  /** Failed calls that nothing waited for when they failed. */
  #untaken: { readonly call: TrackedCall<unknown>; readonly error: unknown }[] | undefined;
  /** A call has failed, and what follows from it may still be under way. */
  #failed = false;

  constructor(task: TaskRun) {
    this.task = task;
  }

  /** Returns what the handler is to get in place of the call. */
  track<T>(call: Promise<T>): Promise<T> {
    const tracked = new TrackedCall<T>((resolve, reject) => call.then(resolve, reject));
    this.#pending ??= new Set();
    const pending = this.#pending;
    const watched: Promise<unknown> = call.then(
      () => pending.delete(watched),
      (error: unknown) => {
        this.#failed = true;
        if (!tracked.taken) {
          this.#untaken ??= [];
          this.#untaken.push({ call: tracked, error });
        }
        pending.delete(watched);
      },
    );
    pending.add(watched);
    return tracked;
  }

  /** Whether `settled` has nothing to wait for. */
  get isSettled(): boolean {
    return !this.#failed && (this.#pending === undefined || this.#pending.size === 0);
  }

  /** Resolves when every tracked call has ended; throws the first failure that nothing waited for. */
  async settled(): Promise<void> {
    while (!this.isSettled) {
      await Promise.all(this.#pending ?? []);
      if (!this.#failed) continue;
      this.#failed = false;
      // `Promise.all` takes a call a moment later, and Node reports unhandled rejections after the microtasks.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const lost = this.#untaken?.find(({ call }) => !call.taken);
    this.#untaken = undefined;
    if (lost !== undefined) throw lost.error;
  }
}
