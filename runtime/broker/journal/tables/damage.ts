import { codeOf, TaskwireError } from "../../../base/errors.js";

/** The in-flight file does not contain what was written to it. */
export class DamageError extends TaskwireError {
  constructor(message: string, options?: ErrorOptions) {
    super("journal_damaged", message, options);
  }
}

/** Whether an error means that the file is damaged; any other means that it cannot be read or written at the moment. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamageError || /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(codeOf(error));
}

/**
 * Whether columns of a strict table that hold strings still do. One flipped bit of a column's type turns a string into
 * bytes, which read the same inside a template and so have the same checksum.
 */
export function areStrings(...columns: readonly unknown[]): boolean {
  return columns.every((column) => typeof column === "string");
}
