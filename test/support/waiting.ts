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

/**
 * Rejects when `done` takes longer than `ms`, on a crowded machine than `ms` times its crowding, also when it became
 * crowded on the way. `output` is added to the message.
 */
export async function limited<T>(ms: number, what: string, done: Promise<T>, output: () => string): Promise<T> {
  const stopped = new AbortController();
  const began = performance.now();
  const late = async (): Promise<never> => {
    for (let limit = ms * crowding(), passed = 0; passed < limit; limit = Math.max(limit, ms * crowding())) {
      await wait(limit - passed, undefined, { signal: stopped.signal });
      passed = performance.now() - began;
    }
    throw new Error(`waited ${Math.round(performance.now() - began)} ms for ${what}; output so far:\n${output()}`);
  };
  const failure = late();
  try {
    return await Promise.race([done, failure]);
  } finally {
    stopped.abort();
    failure.catch(() => {});
  }
}
