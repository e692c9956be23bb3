import { messageOf } from "./errors.js";
import type { Logger } from "./logger.js";

export type Close = () => Promise<void> | void;

/**
 * Closes all of them, one after another: one that fails holds up none of the others. Throws the first error then;
 * further ones are logged.
 */
export async function closeInOrder(closers: Iterable<Close>, logger: Logger): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  throwFirst(errors, logger);
}

/** The same, all at once. */
export async function closeTogether(closers: Iterable<Close>, logger: Logger): Promise<void> {
  const results = await Promise.allSettled([...closers].map(async (close) => close()));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  throwFirst(errors, logger);
}

function throwFirst([first, ...others]: readonly unknown[], logger: Logger): void {
  for (const error of others) logger.error("something else could not be closed either", { error: messageOf(error) });
  if (first !== undefined) throw first;
}
