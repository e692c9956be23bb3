import { TaskwireError } from "taskwire/model";

/** Why a file cannot be written, by the system's code. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "this user has no permission to write there"],
  ["EPERM", "this user has no permission to write there"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["ENOTDIR", "part of its path is a file"],
  ["EISDIR", "there is a folder of this name"],
  ["EMFILE", "this process has too many files open"],
  ["ENFILE", "the system has too many files open"],
  ["ENAMETOOLONG", "its name is too long"],
  ["ENOENT", "a folder in its path is a broken link, or was removed"],
  ["ELOOP", "its path contains a link to itself"],
]);

/** The reason, followed by the system's code. */
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
