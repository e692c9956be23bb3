import { AsyncLocalStorage } from "node:async_hooks";

/** What a handler gets beside its parameters. */
export interface TaskRun {
  readonly id: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Runs left after this one. */
  readonly retriesRemaining: number;
  /** When the processing deadline passes. */
  readonly deadline: Date;
  /** Aborted at the deadline and at shutdown; `reason` says which. */
  readonly signal: AbortSignal;
  readonly headers: ReadonlyMap<string, string>;
}

/** Written as a property type, so that a handler with other parameters does not compile. */
export type Handler<P> = (parameters: P, task: TaskRun) => unknown;

/** The `.delay()` calls of one run: its outcome waits for them, and one that fails makes the run fail. */
export class RunScope {
  readonly task: TaskRun;
  readonly #pending = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(task: TaskRun) {
    this.task = task;
  }

  track(call: Promise<unknown>): void {
    const watched: Promise<unknown> = call.then(
      () => this.#pending.delete(watched),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#pending.delete(watched);
      },
    );
    this.#pending.add(watched);
  }

  /** Resolves when every tracked call has ended; throws the first failure. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

const runs = new AsyncLocalStorage<RunScope>();

export function withinRun<T>(scope: RunScope, run: () => T): T {
  return runs.run(scope, run);
}

/** The run this code is called from, undefined outside of handlers. */
export function currentRun(): RunScope | undefined {
  return runs.getStore();
}
