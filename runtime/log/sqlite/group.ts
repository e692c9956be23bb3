import { codeOf } from "../../base/errors.js";
import type { Connection } from "./database.js";

/** One change of the file, applied inside a transaction that it may share with others. */
export interface Change {
  apply(): void;
  /** Its transaction is durable. */
  committed(): void;
  /** Nothing of it was written. */
  failed(error: unknown): void;
}

/** Group commit: all changes in one transaction; where that fails, each in its own, so that only bad ones fail. */
export function commitTogether(connection: Connection, changes: readonly Change[], onRollback: () => void): void {
  if (changes.length === 0) return;
  try {
    inTransaction(
      connection,
      () => {
        for (const change of changes) change.apply();
      },
      onRollback,
    );
  } catch (error) {
    // Behind a lock every single one would wait for the whole timeout again.
    if (changes.length === 1 || codeOf(error).startsWith("SQLITE_BUSY")) {
      for (const change of changes) change.failed(error);
      return;
    }
    for (const change of changes) commitTogether(connection, [change], onRollback);
    return;
  }
  for (const change of changes) change.committed();
}

export function inTransaction<T>(connection: Connection, run: () => T, onRollback: () => void): T {
  connection.prepare("BEGIN IMMEDIATE").run();
  try {
    const result = run();
    connection.prepare("COMMIT").run();
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (connection.inTransaction) connection.prepare("ROLLBACK").run();
    onRollback();
    throw error;
  }
}
