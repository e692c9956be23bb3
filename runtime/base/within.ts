import type { Clock } from "./clock.js";

/** Whether `done` resolves within the time, in milliseconds. Rejects when `done` rejects within the time. */
export async function within(
  clock: Pick<Clock, "after">,
  milliseconds: number,
  done: Promise<unknown>,
): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<false>((resolve) => {
    cancel = clock.after(milliseconds, () => resolve(false));
  });
  try {
    return await Promise.race([done.then(() => true as const), late]);
  } finally {
    cancel();
  }
}
