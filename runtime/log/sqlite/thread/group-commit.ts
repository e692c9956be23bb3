import { codeOf } from "../../../base/errors.js";
import { failpoint } from "../../../base/failpoint.js";
import type { Transactions } from "../file/transactions.js";

/** One change of the file. It is applied inside a transaction, which it may share with others. */
export interface Change {
  readonly appends: boolean;
  /** May be called again after a rollback. */
  apply(): void;
  /** Its transaction is durable. */
  committed(): void;
  /** It may not be durable; as a rule nothing of it was written. */
  failed(error: unknown): void;
  /** The changes that it consists of, one for each caller. */
  split(): readonly Change[];
}

/**
 * Commits all changes in one transaction; when that fails, each in a transaction of its own, so that only bad ones fail.
 */
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
    // While another process holds the lock, every single change would wait for the whole timeout again.
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
