import type { JsonValue } from "taskwire/model";
import { escapeUnseen } from "../problem/escape-invisible.js";

/** A text as a literal of JavaScript and JSON. */
export function textLiteral(text: string): string {
  return escapeUnseen(JSON.stringify(text));
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

/** An object of printed values. */
export function objectLiteral(entries: readonly (readonly [name: string, value: string])[]): string {
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, value]) => `${propertyName(name)}: ${value}`).join(", ")} }`;
}

export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
