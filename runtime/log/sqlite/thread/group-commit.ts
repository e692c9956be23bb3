import type SqliteConstructor from "better-sqlite3";
import { codeOf } from "../../../base/errors.js";
import { failpoint } from "../../../base/failpoint.js";
import type { Connection, Statement } from "../../../base/sqlite/open.js";

/** One change of the file, applied inside a transaction that it may share with others. */
export interface Change {
  readonly appends: boolean;
  /** May be called again after a rollback. */
  apply(): void;
  /** Its transaction is durable. */
  committed(): void;
  /** It is not known to be durable: nothing of it was written, as a rule. */
  failed(error: unknown): void;
  /** The changes it consists of, one for each caller. */
  split(): readonly Change[];
}

/** Group commit: all changes in one transaction; where that fails, each in its own, so that only bad ones fail. */
export function commitTogether(transactions: Transactions, changes: readonly Change[], onRollback: () => void): void {
  if (changes.length === 0) return;
  const appends = changes.some((change) => change.appends);
  try {
    transactions.write(() => {
      for (const change of changes) change.apply();
      if (appends) failpoint("log.append-written");
    });
  } catch (error) {
    onRollback();
    const singles = changes.flatMap((change) => change.split());
    // Behind a lock every single one would wait for the whole timeout again.
    if (singles.length === 1 || codeOf(error).startsWith("SQLITE_BUSY")) {
      for (const change of changes) change.failed(error);
      return;
    }
    for (const change of singles) commitTogether(transactions, [change], onRollback);
    return;
  }
  try {
    if (appends) failpoint("log.append-durable");
  } catch (error) {
    for (const change of changes) change.failed(error);
    return;
  }
  for (const change of changes) change.committed();
}

/** Runs of one connection; what they throw takes back all they did. */
export class Transactions {
  readonly #write: SqliteConstructor.Transaction<(run: () => void) => void>;
  readonly #begin: Statement;
  readonly #end: Statement;

  constructor(connection: Connection) {
    this.#write = connection.transaction((run: () => void) => run());
    this.#begin = connection.prepare("BEGIN");
    this.#end = connection.prepare("ROLLBACK");
  }

  /** Holds the file's only lock for writing; what was done is durable afterwards. */
  write(run: () => void): void {
    this.#write.immediate(run);
  }

  /** What `run` reads is of one moment. Rolled back: a COMMIT would fail once more for a damaged page that was met. */
  read(run: () => void): void {
    this.#begin.run();
    try {
      run();
    } finally {
      this.#end.run();
    }
  }
}
