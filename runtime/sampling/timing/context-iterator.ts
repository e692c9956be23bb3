import { DynamicSamplingLogState } from "./log-state.js";

/** Gives its elements one by one, at once or as promises. */
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
