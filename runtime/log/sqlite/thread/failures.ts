import { codeOf, messageOf, TaskwireError } from "../../../base/errors.js";
import { INSTALL_SQLITE, nativeSqliteProblem } from "../../../base/sqlite/native.js";
import { type Commit, ForeignReaderError, StaleEpochError } from "../../port.js";
import { type Failure, type FileOptions, failure } from "../messages.js";

/** An error of SQLite or of the file system as a failure that names the file, what happened and what to do. */
export function failureOf(error: unknown, { file, busyTimeout, maxBytes }: FileOptions): Failure {
  if (error instanceof TaskwireError) return failure(error.code, error.message);
  // better-sqlite3 loads its native part when a file is first opened.
  if (nativeSqliteProblem(error) !== undefined) return loadFailure(error);
  const code = codeOf(error);
  const log = `the embedded log ${file}`;
  const text = messageOf(error);
  if (code === "SQLITE_FULL") {
    const limit = maxBytes === undefined ? "the disk is full" : `the disk or its limit of ${maxBytes} bytes is full`;
    return failure("log_full", `${log} cannot grow: ${limit}; free space, then try again (nothing was written)`);
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return failure(
      "log_locked",
      `${log} was locked by another process for more than ${busyTimeout} ms; end the program that holds a transaction on it, then try again (nothing was written)`,
    );
  }
  if (code === "SQLITE_NOTADB") {
    return failure(
      "log_not_a_database",
      `${log} is not a SQLite database; move the file away or use another data folder`,
    );
  }
  if (code.startsWith("SQLITE_CORRUPT")) {
    return failure("log_corrupt", `${log} is damaged (${text}); stop all processes, move the file away, restart them`);
  }
  if (
    /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS|ENOENT|ENOTDIR)/.test(code) ||
    isMissingFolder(error)
  ) {
    return failure(
      "log_not_writable",
      `cannot write ${log} (${text}); check that its folder exists and that this user may write there, or pass another data folder`,
    );
  }
  if (code.startsWith("SQLITE_IOERR")) {
    return failure(
      "log_io_error",
      `reading or writing ${log} failed (${text}); check the disk and its quotas, then try again`,
    );
  }
  return failure("log_failed", `${log}: ${text}`);
}

/** An error of importing better-sqlite3. */
export function loadFailure(error: unknown): Failure {
  const missing = codeOf(error) === "ERR_MODULE_NOT_FOUND" || codeOf(error) === "MODULE_NOT_FOUND";
  const text = messageOf(error).split("\n")[0];
  const problem = nativeSqliteProblem(error) ?? `better-sqlite3 cannot be loaded (${text})`;
  return failure("sqlite_missing", `the embedded log needs better-sqlite3; ${missing ? INSTALL_SQLITE : problem}`);
}

export function staleFailure({ topic, partition, epoch }: Commit): Failure {
  const { code, message } = new StaleEpochError(topic, partition, epoch);
  return failure(code, message, topic, partition, epoch);
}

export function foreignFailure(topic: string): Failure {
  const { code, message } = new ForeignReaderError(topic);
  return failure(code, message, topic);
}

/** better-sqlite3 checks the folder itself; its error has no code. */
function isMissingFolder(error: unknown): boolean {
  return error instanceof TypeError && /directory does not exist/.test(error.message);
}

/** Another file, or none, is under the path of the opened one. */
export function replacedFailure({ file }: FileOptions): Failure {
  return failure(
    "log_replaced",
    `the embedded log ${file} was removed or replaced while it was read; start the broker again to read the new file`,
  );
}
