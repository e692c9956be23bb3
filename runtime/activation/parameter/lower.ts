import { TaskwireError } from "../../base/errors.js";

const LARGEST_UINT32 = 2 ** 32 - 1;
const SMALLEST_INT32 = -(2 ** 31);
/** With flag u, matches only lone surrogates. */
export const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/** A string that UTF-8 cannot encode; msgpack would write bytes that other readers reject. */
export class IllFormedTextError extends TaskwireError {
  /** From the outermost value to the string. */
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[] = []) {
    super("ill_formed_text", "a string with a lone surrogate");
    this.path = path;
  }

  /** The same error with `key`, where the container has the value, before its path. */
  within(key: string | number): IllFormedTextError {
    return new IllFormedTextError([key, ...this.path]);
  }
}

/**
 * A checked value in the form that msgpack carries unchanged: integers beyond 32 bits as bigint (a number would become a
 * float64), dates as RFC 3339 in UTC with milliseconds, absent fields omitted.
 */
export function lower(value: unknown): unknown {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) &&
        (value > LARGEST_UINT32 || value < SMALLEST_INT32) &&
        Number.isSafeInteger(value)
        ? BigInt(value)
        : value;
    case "string":
      return wellFormed(value);
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date) return value.toISOString();
      return Array.isArray(value) ? value.map((element, index) => lowerAt(index, element)) : lowerFields(value);
    default:
      return value;
  }
}

function lowerFields(value: object): object {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value))
    if (field !== undefined) fields[wellFormed(name)] = lowerAt(name, field);
  return fields;
}

function lowerAt(key: string | number, value: unknown): unknown {
  // Most values are strings and numbers: they need no try block that adds to an error's path.
  if (typeof value === "number" || typeof value === "boolean") return lower(value);
  try {
    return lower(value);
  } catch (error) {
    throw error instanceof IllFormedTextError ? error.within(key) : error;
  }
}

function wellFormed(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new IllFormedTextError();
  return text;
}
