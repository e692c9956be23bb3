import { cut } from "../../base/text.js";

/** Part of a value: records may omit keys at any depth; everything else is complete. */
export type Matching<T> = T extends
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly unknown[]
  ? T
  : { readonly [Key in keyof T]?: Matching<T[Key]> };

/** Where a value differs from the expected one. */
export interface Difference {
  /** Dotted path; "" for the whole value. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * All differences between a value and the expected one. Elements of lists are compared in order, and partially, like
 * records; matchers of the test runner (`expect.any(String)`) decide for themselves.
 */
export function differences(wanted: unknown, found: unknown, path = ""): Difference[] {
  const differ = (expected = text(wanted)): Difference[] => [{ path, expected, found: text(found) }];
  if (isMatcher(wanted)) return wanted.asymmetricMatch(found) ? [] : differ(String(wanted));
  if (wanted instanceof Date) return found instanceof Date && +found === +wanted ? [] : differ();
  if (wanted instanceof Uint8Array) {
    return found instanceof Uint8Array && Buffer.compare(wanted, found) === 0 ? [] : differ();
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return differ();
    return wanted.flatMap((each, index) => differences(each, found[index], join(path, String(index))));
  }
  if (isRecord(wanted)) {
    if (!isRecord(found)) return differ();
    return Object.entries(wanted).flatMap(([key, value]) => differences(value, found[key], join(path, key)));
  }
  return Object.is(wanted, found) ? [] : differ();
}

interface Matcher {
  asymmetricMatch(found: unknown): boolean;
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

const LONGEST_TEXT = 400;

/** A value on one line, for messages. */
export function text(value: unknown): string {
  return cut(textOf(value), LONGEST_TEXT);
}

function textOf(value: unknown): string {
  if (isMatcher(value)) return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return Number.isNaN(+value) ? "an invalid date" : value.toISOString();
  if (value instanceof Uint8Array)
    return `bytes(${value.length}) 0x${Buffer.from(value.subarray(0, 32)).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${textOf(inner)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return JSON.stringify(value) ?? String(value);
}
