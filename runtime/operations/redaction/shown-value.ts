import { Extension } from "../../activation/arguments/read-msgpack.js";
import type { ShownValue } from "../documents/content.js";
import type { CoversName } from "./name-patterns.js";

/** Bytes of which the first this many are shown. */
const SHOWN_BYTES = 1024;

/** Takes the place of a covered value. */
export const COVERED: ShownValue = { $covered: true };

/** A decoded value as JSON; `covers`: values of these names are covered, at any depth. */
export function shownValue(value: unknown, covers: CoversName, covered: Set<string>): ShownValue {
  if (value instanceof Uint8Array) return shownBytes(value);
  if (value instanceof Extension) return { $ext: value.type, ...shownBytes(value.bytes) };
  if (Array.isArray(value)) return value.map((each: unknown) => shownValue(each, covers, covered));
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
        ? value
        : String(value);
    case "object":
      return value === null ? null : shownFields(value, covers, covered);
    default:
      return null;
  }
}

export function shownFields(fields: object, covers: CoversName, covered: Set<string>): { [name: string]: ShownValue } {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]): [string, ShownValue] => [
      name,
      covers(name) ? cover(value, covered) : shownValue(value, covers, covered),
    ]),
  );
}

/** Shortest text that is searched for in errors: shorter ones occur by chance. */
const SHORTEST_COVERED = 8;

/** Covers a value, and notes its texts, so that they are found in errors, too. */
export function cover(value: unknown, covered: Set<string>): ShownValue {
  note(value, covered);
  return COVERED;
}

function note(value: unknown, covered: Set<string>): void {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    if (String(value).length >= SHORTEST_COVERED) covered.add(String(value));
  } else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    for (const each of Object.values(value)) note(each, covered);
  }
}

export function shownBytes(bytes: Uint8Array): { readonly $bytes: string; readonly length: number } {
  return { $bytes: Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("hex"), length: bytes.length };
}
