import { TimerNameMissing } from "../errors.js";
import { DynamicSamplingLogState } from "./log-state.js";
import type { TaskContext } from "./task-context.js";

/** Returns its elements one by one, as values or promises. */
export interface PlainIterator<T> {
  next(): IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>>;
}

/** An iterator that counts what it does (dynamic-sampling.md 5). */
export interface ContextIterator<T> extends PlainIterator<T> {
  getCurrentState(): DynamicSamplingLogState;
  setCurrentState(state: DynamicSamplingLogState): void;
}

/** Adds a holder of one state to an iterator that has none. */
export function contextIterator<T>(iterator: PlainIterator<T> | ContextIterator<T>): ContextIterator<T> {
  if ("getCurrentState" in iterator) return iterator;
  let held = new DynamicSamplingLogState();
  return {
    next: () => iterator.next(),
    getCurrentState: () => held,
    setCurrentState: (state) => {
      held = state;
    },
  };
}

/**
 * Runs each step of `inner` within a timer and stores its state in the context (dynamic-sampling.md 5). A second iterator
 * of one name goes on with the counters of the first. Itself a ContextIterator; both state calls go to `inner`.
 */
export class TimedIterator<T> implements ContextIterator<T>, AsyncIterableIterator<T> {
  readonly #context: TaskContext;
  readonly #inner: ContextIterator<T>;
  readonly #name: string;

  /** `name` defaults to the static `timerName` of inner's class. Throws TimerNameMissing. */
  constructor(context: TaskContext, inner: PlainIterator<T> | ContextIterator<T>, name = timerNameOf(inner)) {
    this.#context = context;
    this.#inner = contextIterator(inner);
    this.#name = name;
    this.setCurrentState(context.getFunctionState(name));
  }

  /** Throws TimeoutException when the context has expired. When inner ends or throws, this call stores nothing. */
  async next(): Promise<IteratorResult<T, undefined>> {
    this.#context.checkTime();
    const timer = this.#context.getTimer(this.#name);
    using _running = timer.scope();
    const result = await this.#inner.next();
    if (result.done === true) return { done: true, value: undefined };
    const state = this.#inner.getCurrentState();
    state.executionTime = timer.current();
    this.#context.setFunctionState(this.#name, state);
    return { done: false, value: result.value };
  }

  getCurrentState(): DynamicSamplingLogState {
    return this.#inner.getCurrentState();
  }

  setCurrentState(state: DynamicSamplingLogState): void {
    this.#inner.setCurrentState(state);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function timerNameOf(inner: object): string {
  const made = inner.constructor;
  if ("timerName" in made && typeof made.timerName === "string") return made.timerName;
  throw new TimerNameMissing(made.name);
}
