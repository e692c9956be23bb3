import type SqliteConstructor from "better-sqlite3";
import type { Connection, Statement } from "../../../base/sqlite/open.js";

/** Transactions of one connection. An error rolls back everything that the transaction did. */
export class Transactions {
  readonly #write: SqliteConstructor.Transaction<(run: () => void) => void>;
  readonly #begin: Statement;
  readonly #rollback: Statement;

  constructor(connection: Connection) {
    this.#write = connection.transaction((run: () => void) => run());
    this.#begin = connection.prepare("BEGIN");
    this.#rollback = connection.prepare("ROLLBACK");
  }

  /** Holds the file's only lock for writing; what `run` did is durable afterwards. */
  write(run: () => void): void {
    this.#write.immediate(run);
  }

  /** `run` reads one snapshot. Rolled back: a COMMIT would fail again for a damaged page that `run` met. */
  read(run: () => void): void {
    this.#begin.run();
    try {
      run();
    } finally {
      this.#rollback.run();
    }
  }
}
