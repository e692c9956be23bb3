import type { JsonValue } from "taskwire/model";
import { escapeInvisible } from "../../problem/escape-invisible.js";

/** A text as a literal of JavaScript and JSON. */
export function textLiteral(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

export function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no literal`);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A property name; `__proto__` as a computed one, because in an object literal the plain form sets the prototype. */
export function propertyName(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : textLiteral(name);
}

/** A plain value on one line. Absent keys are left out. */
export function literal(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberLiteral(value);
  if (typeof value === "string") return textLiteral(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} has no literal`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return objectLiteral(entries.map(([name, item]) => [name, literal(item)]));
}

/** Most characters of a generated line; comments and single long values may exceed it. */
const LINE_WIDTH = 120;

/** A plain value that begins at a column and is followed by a comma; more than one line only when one cannot hold it. */
export function literalLines(value: unknown, column: number, indent: number): readonly string[] {
  const line = literal(value);
  if (column + line.length < LINE_WIDTH || typeof value !== "object" || value === null) return [line];
  const inner = indent + 2;
  const items = Array.isArray(value)
    ? value.map((item) => literalLines(item, inner, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => {
          const name = `${propertyName(key)}: `;
          const [first = "", ...rest] = literalLines(item, inner + name.length, inner);
          return [`${name}${first}`, ...rest];
        });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return [open, ...items.flatMap((lines) => withComma(lines).map((one) => `  ${one}`)), close];
}

export function withComma(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === lines.length - 1 ? `${line},` : line));
}

/** Whether a line of that many characters is short enough. */
export function fits(length: number): boolean {
  return length <= LINE_WIDTH;
}

/** An object of printed values. */
export function objectLiteral(entries: readonly (readonly [name: string, value: string])[]): string {
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, value]) => `${propertyName(name)}: ${value}`).join(", ")} }`;
}

export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
