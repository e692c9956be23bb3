import { OperationError } from "../../../operations/errors.js";

/** A cursor is opaque to its caller: a list of strings and whole numbers. */
export function cursorOf(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** The values of a cursor of this shape. Throws OperationError (bad_cursor). */
export function valuesOf(cursor: string, shape: string): readonly (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(values) && values.map(kindOf).join("") === shape) return values;
  } catch {
    // Refused below: it is no cursor.
  }
  throw badCursor();
}

export function badCursor(): OperationError {
  return new OperationError(
    "bad_request",
    "bad_cursor",
    "cursor: expected one of an earlier page of the same list, found another string; begin without a cursor",
    { field: "cursor" },
  );
}

/** `s` a string, `n` a whole number from 0. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return "s";
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? "n" : "-";
}
