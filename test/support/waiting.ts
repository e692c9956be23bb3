import { availableParallelism, loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/** Looks until there is something to see. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 20,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await wait(everyMs);
  }
}

/** How many processes want each processor at the moment, at least 1: a limit of time holds for a machine that is not. */
export function crowding(): number {
  return Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}

/** Rejects when `done` takes longer; `said` is added to the message. */
export async function limited<T>(ms: number, what: string, done: Promise<T>, said: () => string): Promise<T> {
  const stopped = new AbortController();
  const late = wait(ms, undefined, { signal: stopped.signal }).then(() => {
    throw new Error(`waited ${ms} ms for ${what}; said so far:\n${said()}`);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    stopped.abort();
    late.catch(() => {});
  }
}
