import { isDate, isUint8Array } from "node:util/types";

/** A view of the same memory. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Deeper ones are refused anyway. */
const DEEPEST = 512;

/**
 * The value with the dates and bytes of other realms, such as the vm contexts of test runners, as those of this one; the
 * very same value when it holds none. Checks by `instanceof` do not know theirs.
 */
export function ofThisRealm(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
  if (isDate(value)) return value instanceof Date ? value : new Date(Date.prototype.getTime.call(value));
  if (isUint8Array(value)) return value instanceof Uint8Array ? value : viewOf(value);
  let changed = false;
  const within = (inner: unknown): unknown => {
    const native = ofThisRealm(inner, depth + 1);
    changed ||= native !== inner;
    return native;
  };
  if (Array.isArray(value)) {
    const list = value.map(within);
    return changed ? list : value;
  }
  const fields = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, within(inner)]));
  return changed ? fields : value;
}
