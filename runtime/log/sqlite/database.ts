import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import type SqliteConstructor from "better-sqlite3";
import { codeOf, TaskwireError } from "../../base/errors.js";

export type Sqlite = typeof SqliteConstructor;
export type Connection = SqliteConstructor.Database;
export type Statement = SqliteConstructor.Statement<unknown[]>;

export interface FileOptions {
  /** Absolute. */
  readonly file: string;
  /** Milliseconds to wait for a lock of another process. */
  readonly busyTimeout: number;
  /** Largest size of the file in bytes; undefined: what the disk holds. */
  readonly maxBytes: number | undefined;
}

/** An open log file. */
export interface LogFile {
  readonly connection: Connection;
  /** The file's uuid. */
  readonly logId: string;
  /** Device and inode that were opened; another one under the same path is another log. */
  readonly identity: string;
}

/** "twlg": tells our files from other databases. */
const APPLICATION_ID = 0x74776c67;
const FORMAT = 1;
/** Below it two connections can corrupt the WAL when they write and checkpoint at once. */
const OLDEST_SQLITE = [3, 51, 3];
const CHECKPOINT_PAGES = 4000;
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
const LOCK_RETRY_MS = 10;

/** Records of topic N lie in `records_N`; its offsets have no gaps. */
const SCHEMA = `
  CREATE TABLE log (uuid TEXT NOT NULL);
  CREATE TABLE topics (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
  CREATE TABLE readers (
    topic INTEGER PRIMARY KEY REFERENCES topics (id),
    journal TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    -- The next offset to read; NULL until the first commit.
    position INTEGER,
    unsettled INTEGER,
    note TEXT NOT NULL,
    -- Position of the journal it was taken over from, until this one has passed it.
    taken_until INTEGER,
    -- Socket that wakes the reader.
    bell TEXT
  );
  CREATE TABLE unique_keys (
    key TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    offset INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX unique_keys_by_age ON unique_keys (at);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

export function openFile(sqlite: Sqlite, options: FileOptions): LogFile {
  const { file, busyTimeout } = options;
  const connection = new sqlite(file, { timeout: busyTimeout });
  try {
    checkVersion(connection);
    refuseOthers(connection, file);
    patiently(busyTimeout, () => connection.pragma("journal_mode = WAL"));
    // SQLite's default for a file that is in WAL mode already may be NORMAL, which power loss can undo.
    connection.pragma("synchronous = FULL");
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    if (options.maxBytes !== undefined) {
      const pages = Math.floor(options.maxBytes / Number(connection.pragma("page_size", { simple: true })));
      connection.pragma(`max_page_count = ${Math.max(pages, 1)}`);
    }
    return { connection, logId: initialize(connection, file), identity: identityOf(file) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Device and inode of the file now, "" when it is gone. */
export function identityOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}`;
}

function checkVersion(connection: Connection): void {
  const version = String(connection.prepare("SELECT sqlite_version()").pluck().get());
  const found = version.split(".").map(Number);
  const difference = OLDEST_SQLITE.map((part, at) => (found[at] ?? 0) - part).find((part) => part !== 0) ?? 0;
  if (difference < 0) {
    throw new TaskwireError(
      "sqlite_too_old",
      `better-sqlite3 brings SQLite ${version}; the embedded log needs ${OLDEST_SQLITE.join(".")} or newer: run \`npm install better-sqlite3@12\``,
    );
  }
}

function refuseOthers(connection: Connection, file: string): void {
  const application = Number(connection.pragma("application_id", { simple: true }));
  const format = Number(connection.pragma("user_version", { simple: true }));
  const empty = connection.prepare("SELECT count(*) FROM sqlite_master").pluck().get() === 0;
  if (empty || (application === APPLICATION_ID && format === FORMAT)) return;
  throw application === APPLICATION_ID
    ? new TaskwireError(
        "log_format",
        `${file} is an embedded log of format ${format}, expected ${FORMAT}; use the version of taskwire that wrote it or another data folder`,
      )
    : new TaskwireError(
        "log_not_a_log",
        `${file} is a SQLite database of another program, not an embedded log; name another file in the cluster's \`sqlite\` or another data folder`,
      );
}

function initialize(connection: Connection, file: string): string {
  connection
    .transaction(() => {
      if (connection.prepare("SELECT count(*) FROM sqlite_master").pluck().get() === 0) {
        connection.exec(SCHEMA);
        connection.prepare("INSERT INTO log (uuid) VALUES (?)").run(randomUUID());
      }
    })
    .immediate();
  const uuid = connection.prepare("SELECT uuid FROM log").pluck().get();
  const largest = connection.prepare("SELECT max(seq) FROM sqlite_sequence").pluck().safeIntegers().get();
  if (typeof uuid !== "string" || (typeof largest === "bigint" && largest >= BigInt(Number.MAX_SAFE_INTEGER))) {
    throw new TaskwireError(
      "log_corrupt",
      `the embedded log ${file} is damaged: ${typeof uuid === "string" ? `offset ${largest} is out of range` : "it has no uuid"}; move the file away and start again`,
    );
  }
  return uuid;
}

/** SQLite does not wait by itself when another connection switches the same new file to WAL. */
function patiently(timeout: number, run: () => void): void {
  const end = performance.now() + timeout;
  for (;;) {
    try {
      run();
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || performance.now() >= end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_RETRY_MS);
    }
  }
}
