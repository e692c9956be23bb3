import { setTimeout } from "node:timers/promises";

/** Resolves after the time, in milliseconds, or as soon as the signal is aborted. Keeps the process alive. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  // It rejects when it is aborted, and for nothing else.
  await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
