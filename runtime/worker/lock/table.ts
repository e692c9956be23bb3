import { TaskwireError } from "../../base/errors.js";
import { type Connection, isEmptyOrOwn, openSqlite, type Sqlite } from "../../base/sqlite/open.js";
import type { LockRequest } from "./messages.js";

/** "twlk" */
const APPLICATION_ID = 0x74776c6b;
/** How long to wait for another worker's transaction, milliseconds. */
const BUSY_MS = 5000;
/** Most expired keys that one transaction removes. */
const TRIMMED = 1000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS locks_until ON locks (until);
`;

/** The keys in one SQLite file, shared by processes. */
export class LockTable {
  readonly #connection: Connection;
  readonly #take: (request: LockRequest) => boolean[];

  /** Throws TaskwireError `lock_not_a_lock` and `sqlite_too_old`, and SQLite's errors. */
  constructor(sqlite: Sqlite, file: string) {
    const connection = openSqlite(sqlite, file, {
      busyTimeout: BUSY_MS,
      user: "the at-most-once lock",
      prepare: (connection) => connection.transaction(() => prepare(connection, file)).immediate(),
    });
    this.#connection = connection;
    const add = connection.prepare(
      "INSERT INTO locks (key, until) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ?",
    );
    const trim = connection.prepare(
      `DELETE FROM locks WHERE key IN (SELECT key FROM locks WHERE until <= ? ORDER BY until LIMIT ${TRIMMED})`,
    );
    const take = connection.transaction(({ keys, now }: LockRequest): boolean[] => {
      const first = keys.map(({ key, until }) => add.run(key, until, now).changes === 1);
      trim.run(now);
      return first;
    });
    this.#take = (request) => take.immediate(request);
  }

  /** For each key whether this caller is the first; on disk when it returns. */
  take(request: LockRequest): boolean[] {
    return this.#take(request);
  }

  close(): void {
    this.#connection.close();
  }
}

function prepare(connection: Connection, file: string): void {
  if (!isEmptyOrOwn(connection, APPLICATION_ID)) {
    throw new TaskwireError(
      "lock_not_a_lock",
      `${file} is a SQLite database of another program, not a worker's lock; name another file with --locks`,
    );
  }
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.exec(SCHEMA);
}
