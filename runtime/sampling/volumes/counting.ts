import type { ContextIterator } from "../timing/context-iterator.js";
import { DynamicSamplingLogState } from "../timing/log-state.js";

/** Base of the iterators: holds the state that they count in. */
export abstract class CountingIterator<T> implements ContextIterator<T>, AsyncIterableIterator<T> {
  protected state = new DynamicSamplingLogState();

  abstract next(): Promise<IteratorResult<T, undefined>>;

  getCurrentState(): DynamicSamplingLogState {
    return this.state;
  }

  setCurrentState(state: DynamicSamplingLogState): void {
    this.state = state;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
