import { messageOf } from "./errors.js";
import type { Logger } from "./logger.js";

export type Close = () => Promise<void> | void;

/**
 * Closes all of them, one after another, also when one fails. Throws the first error in the end; further ones are logged.
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
  for (const error of others) logger.error("closing failed for another part, too", { error: messageOf(error) });
  if (first !== undefined) throw first;
}
