import type SqliteConstructor from "better-sqlite3";
import { retryWhileBusy } from "./busy-retry.js";
import { refuseOldSqlite } from "./version.js";

export type Sqlite = typeof SqliteConstructor;
export type Connection = SqliteConstructor.Database;
export type Statement<Row = unknown> = SqliteConstructor.Statement<unknown[], Row>;

interface OpenOptions {
  /** How long to wait while another connection holds the file, milliseconds. */
  readonly busyTimeout: number;
  /** Who opens the file; named in the error about an old SQLite. */
  readonly user: string;
  /** Runs before the switch to WAL, which changes the file: refuses files of other programs by throwing. */
  readonly prepare: (connection: Connection) => void;
}

/**
 * Opens a file in WAL mode, with commits that survive a power loss. Throws TaskwireError `sqlite_too_old`, what `prepare`
 * throws, and SQLite's errors; the connection is closed then.
 */
export function openSqlite(sqlite: Sqlite, file: string, { busyTimeout, user, prepare }: OpenOptions): Connection {
  const connection = new sqlite(file, { timeout: busyTimeout });
  try {
    refuseOldSqlite(String(connection.prepare("SELECT sqlite_version()").pluck().get()), user);
    prepare(connection);
    retryWhileBusy(busyTimeout, () => connection.pragma("journal_mode = WAL"));
    // SQLite's default for a file that is in WAL mode already may be NORMAL, which a power loss can undo.
    connection.pragma("synchronous = FULL");
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Whether the file has no table yet. */
export function isEmpty(connection: Connection): boolean {
  return connection.prepare("SELECT count(*) FROM sqlite_master").pluck().get() === 0;
}

/** Whether the file is empty or carries this application id; any other file belongs to another program. */
export function isEmptyOrOwn(connection: Connection, applicationId: number): boolean {
  return isEmpty(connection) || Number(connection.pragma("application_id", { simple: true })) === applicationId;
}
