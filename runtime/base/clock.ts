/** Time as everything inside sees it: milliseconds since the epoch that never run backwards. */
export interface Clock {
  now(): number;
  /** Calls `run` once after `delay` milliseconds; returns what cancels it. Never keeps the process alive by itself. */
  after(delay: number, run: () => void): () => void;
}

/** Longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Set from the wall when created, then monotonic: a step of the wall clock moves no deadline. */
export function systemClock(): Clock {
  const offset = Date.now() - performance.now();
  return {
    now: () => offset + performance.now(),
    after(delay, run) {
      const timer = setTimeout(run, Math.min(Math.max(delay, 0), LONGEST_TIMER_MS));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
