import type { DynamicSamplingLogState } from "./log-state.js";
import type { TaskContext } from "./task-context.js";
import { onSettled } from "./timers.js";

/**
 * Wraps a function so that it runs within the timer `name` and its state is stored in the context (dynamic-sampling.md 5).
 * The result throws TimeoutException, without calling `inner`, when the context has expired; a call that began in time may
 * finish late. When `inner` throws or rejects, its time counts and its state is not stored by this call.
 */
export function timedFunction<A extends readonly unknown[], R>(
  name: string,
  inner: (state: DynamicSamplingLogState, ...args: A) => R,
): (context: TaskContext, ...args: A) => R {
  return (context, ...args) => {
    context.checkTime();
    const timer = context.getTimer(name);
    timer.start();
    const state = context.getFunctionState(name);
    return onSettled(
      () => inner(state, ...args),
      ({ ok }) => {
        if (ok) {
          state.executionTime = timer.current();
          context.setFunctionState(name, state);
        }
        timer.stop();
      },
    );
  };
}
