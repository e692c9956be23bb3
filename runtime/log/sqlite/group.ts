import { codeOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import type { Connection } from "./database.js";

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
export function commitTogether(connection: Connection, changes: readonly Change[], onRollback: () => void): void {
  if (changes.length === 0) return;
  const appends = changes.some((change) => change.appends);
  try {
    inTransaction(
      connection,
      () => {
        for (const change of changes) change.apply();
        if (appends) failpoint("log.append-written");
      },
      onRollback,
    );
  } catch (error) {
    const singles = changes.flatMap((change) => change.split());
    // Behind a lock every single one would wait for the whole timeout again.
    if (singles.length === 1 || codeOf(error).startsWith("SQLITE_BUSY")) {
      for (const change of changes) change.failed(error);
      return;
    }
    for (const change of singles) commitTogether(connection, [change], onRollback);
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

/** What `run` reads is of one moment. */
export function inSnapshot(connection: Connection, run: () => void): void {
  connection.prepare("BEGIN").run();
  try {
    run();
  } finally {
    connection.prepare("COMMIT").run();
  }
}
