import { codeOf, messageOf, TaskwireError } from "../../base/errors.js";

/** The in-flight file does not hold what was written to it. */
export class DamageError extends TaskwireError {
  constructor(message: string) {
    super("journal_damaged", message);
  }
}

/** Whether an error says that the file is damaged; all others say that it cannot be read or written at the moment. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  const code = codeOf(error);
  // A format number in the header that no SQLite writes has no code of its own.
  if (code === "SQLITE_ERROR") return messageOf(error).includes("unsupported file format");
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(code);
}
