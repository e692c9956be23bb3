import { readFileSync } from "node:fs";

/** How often the main thread looks, milliseconds: shorter turns are not told apart. */
const EVERY_MS = 1;

/** Turns of the event loop of a process' main thread, milliseconds. */
interface Turns {
  /** 99 % of them are shorter. */
  readonly p99: number;
  readonly longest: number;
}

/**
 * Measures the turns of this thread's event loop by processor time, so that other work on the machine does not count.
 * Call it in the main thread; the function that it returns ends the measurement. Linux only.
 */
export function watchTurns(): () => Turns {
  const found: number[] = [];
  let last = processorTime();
  const timer = setInterval(() => {
    const now = processorTime();
    found.push(now - last);
    last = now;
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    found.sort((one, other) => one - other);
    const p99 = found[Math.floor(found.length * 0.99)] ?? 0;
    return { p99: round(p99), longest: round(found.at(-1) ?? 0) };
  };
}

/** Milliseconds that the main thread has run. */
function processorTime(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
