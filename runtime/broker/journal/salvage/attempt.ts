import { codeOf } from "../../../base/errors.js";
import { DamageError } from "../tables/damage.js";

/** What `read` returns; undefined when the damaged file does not have it. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof DamageError || (code.startsWith("SQLITE_") && !code.startsWith("SQLITE_BUSY"))) {
      return undefined;
    }
    throw error;
  }
}

/** The items up to the first that is not readable. */
export function* readable<T>(open: () => Iterable<T>): Generator<T> {
  const items = attempt(() => open()[Symbol.iterator]());
  if (items === undefined) return;
  for (;;) {
    const item = attempt(() => items.next());
    if (item === undefined || item.done === true) return;
    yield item.value;
  }
}
