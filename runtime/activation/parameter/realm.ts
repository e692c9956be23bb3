import { isDate, isUint8Array } from "node:util/types";

/** A view of the same memory. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Deeper values are refused anyway. */
const DEEPEST = 512;

/**
 * Converts dates and bytes of other realms, such as the vm contexts of test runners, to those of this realm, because
 * `instanceof` does not recognize them. Returns the same value when it contains none.
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
