import type { ScalarKind } from "../../../../runtime/model/model.js";
import { newMark, printJson } from "../../data/json.ts";

/** The keys and indices that lead to a value. */
export type Path = readonly (string | number)[];

/** A value with another one at a path; undefined: the key is left out, or the element removed. */
export function withAt(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  if (typeof key === "number") {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    const next = withAt(list[key], rest, inner);
    if (next === undefined) list.splice(key, 1);
    else list[key] = next;
    return list;
  }
  // Without a prototype every key is a key like any other.
  const object: Record<string, unknown> = Object.assign(Object.create(null), isObject(value) ? value : {});
  const next = withAt(object[key], rest, inner);
  if (next === undefined) delete object[key];
  else object[key] = next;
  return object;
}

/** JSON of a value with a text at a path, which need not be JSON. */
export function withText(value: unknown, path: Path, text: string): string {
  const mark = newMark();
  return printJson(withAt(value, path, mark)).replace(JSON.stringify(mark), () => text);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a key; undefined: nothing. */
export function at(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The JSON value that typed text means; text that means none stays a string, which the check then refuses. */
export function fromInput(kind: ScalarKind, text: string): unknown {
  if (kind === "string") return text;
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if ((kind === "int" || kind === "bigint") && /^-?\d+$/.test(trimmed)) {
    const number = Number(trimmed);
    return Number.isSafeInteger(number) ? number : BigInt(trimmed);
  }
  if (kind === "float" && /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  return trimmed;
}

/** The text of a scalar in its input. */
export function toInput(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** As issues of the API name a place: dotted. */
export function dotted(path: Path): string {
  return path.join(".");
}
