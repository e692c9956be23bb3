import { TaskwireError } from "taskwire/model";

/** Why a file cannot be written, for people, by the system's code. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "this user may not write there"],
  ["EPERM", "this user may not write there"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["ENOTDIR", "a part of its path is a file"],
  ["EISDIR", "there is a folder of this name"],
  ["EMFILE", "this process has too many files open"],
  ["ENFILE", "the system has too many files open"],
  ["ENAMETOOLONG", "its name is too long"],
  ["ENOENT", "a folder of its path is a link that leads nowhere, or was removed meanwhile"],
  ["ELOOP", "its path is a link that leads to itself"],
]);

/** The reason, with the system's code behind it. */
function whyNotWritten(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reason = REASONS.get(code);
  if (reason !== undefined) return `${reason} (${String(code)})`;
  return error instanceof Error ? error.message : String(error);
}

/** The output folder cannot be written; code `output_failed`. */
export class OutputError extends TaskwireError {
  constructor(
    file: string,
    cause: unknown,
    hint = "make the folder writable, or choose another with --out DIR, then run it again",
  ) {
    super("output_failed", `cannot write ${file}: ${whyNotWritten(cause)}; ${hint}`, { cause });
  }
}
