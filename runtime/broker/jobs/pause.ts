import type { Clock } from "../../base/clock.js";

/** Waits until a time of now(), or until the signal aborts. */
export function pause(clock: Clock, until: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(Math.max(0, until - clock.now()), end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
