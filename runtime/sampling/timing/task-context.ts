import { TaskwireError } from "../../base/errors.js";
import { DynamicSamplingLogState, type LogStateDict, type LogStateIncrement } from "./log-state.js";
import { type Monotonic, type NamedTimer, systemMonotonic, Timers } from "./timers.js";

export interface TaskContextDict {
  readonly taskName: string;
  /** The limit, seconds. */
  readonly maxSeconds: number;
  /** Seconds since the context was made. */
  readonly seconds: number;
  /** By function or timer name. */
  readonly taskData: Readonly<Record<string, LogStateDict>>;
}

export interface TaskContextOptions {
  /** Default: the process's clock. */
  readonly monotonic?: Monotonic;
  /** Ends the task at its next step, beside the limit and without changing it. */
  readonly signal?: AbortSignal | undefined;
}

/** The time limit of one task's run and the counters of its parts (dynamic-sampling.md 4). */
export class TaskContext {
  readonly name: string;
  readonly numSeconds: number;
  /** On the monotonic clock, seconds. */
  readonly expirationTime: number;
  /** States by function name. */
  readonly contextData: Map<string, DynamicSamplingLogState>;
  readonly timers: Timers;
  readonly #monotonic: Monotonic;
  readonly #signal: AbortSignal | undefined;

  /** `numSeconds`: the limit from now on, at least 0. `contextData` is used as it is, not copied. */
  constructor(
    name: string,
    numSeconds: number,
    contextData: Map<string, DynamicSamplingLogState> = new Map(),
    { monotonic = systemMonotonic, signal }: TaskContextOptions = {},
  ) {
    this.name = name;
    this.numSeconds = numSeconds;
    this.expirationTime = monotonic() + numSeconds;
    this.contextData = contextData;
    this.timers = new Timers(monotonic);
    this.#monotonic = monotonic;
    this.#signal = signal;
  }

  /** Exactly at the limit it is not expired yet. */
  get expired(): boolean {
    return this.#monotonic() > this.expirationTime;
  }

  /** Throws TimeoutException when the time is up, and the signal's reason when it was aborted. */
  checkTime(): void {
    if (this.expired) throw new TimeoutException(this);
    this.#signal?.throwIfAborted();
  }

  /** The stored object itself; when there is none a fresh one, which is not stored. */
  getFunctionState(id: string): DynamicSamplingLogState {
    return this.contextData.get(id) ?? new DynamicSamplingLogState();
  }

  setFunctionState(id: string, state: DynamicSamplingLogState): void {
    this.contextData.set(id, state);
  }

  /** Makes the entry when there is none. */
  incrFunctionState(id: string, increment: LogStateIncrement): void {
    this.setFunctionState(id, this.getFunctionState(id).increment(increment));
  }

  getTimer(name: string): NamedTimer {
    return this.timers.getTimer(name);
  }

  /** Writes the timers' seconds into the stored states: one set by hand is lost. */
  toDict(): TaskContextDict {
    const taskData: [string, LogStateDict][] = [];
    for (const [id, state] of this.contextData) {
      state.executionTime = this.timers.current(id);
      taskData.push([id, state.toDict()]);
    }
    for (const name of this.timers.names()) {
      if (this.contextData.has(name)) continue;
      taskData.push([name, DynamicSamplingLogState.fromDict({ executionTime: this.timers.current(name) }).toDict()]);
    }
    return {
      taskName: this.name,
      maxSeconds: this.numSeconds,
      seconds: this.#monotonic() - this.expirationTime + this.numSeconds,
      taskData: Object.fromEntries(taskData),
    };
  }
}

/** A task ran out of its context's time (dynamic-sampling.md 5). */
export class TimeoutException extends TaskwireError {
  readonly taskContext: TaskContext;
  /** Further arguments, for the code that catches it. */
  readonly more: readonly unknown[];

  constructor(taskContext: TaskContext, ...more: readonly unknown[]) {
    super(
      "sampling_timeout",
      `${taskContext.name} ran out of time: expected it to end within ${taskContext.numSeconds} s`,
    );
    this.taskContext = taskContext;
    this.more = more;
  }
}
