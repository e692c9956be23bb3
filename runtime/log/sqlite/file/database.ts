import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { TaskwireError } from "../../../base/errors.js";
import { type Connection, isEmpty, isEmptyOrOwn, openSqlite, type Sqlite } from "../../../base/sqlite/open.js";
import type { FileOptions } from "../messages.js";
import { migrate } from "./migration.js";
import { APPLICATION_ID, FORMAT, SCHEMA } from "./schema.js";

/** An open log file. */
export interface LogFile {
  readonly connection: Connection;
  /** The file's uuid. */
  readonly logId: string;
  /** Device and inode of the opened file; a file with other ones under the same path is another log. */
  readonly identity: string;
}

/** Page size of new files: a chunk of many records takes few pages, and several single records fit into one. */
const PAGE_BYTES = 8192;
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

export function openFile(sqlite: Sqlite, options: FileOptions): LogFile {
  const { file, busyTimeout } = options;
  const connection = openSqlite(sqlite, file, {
    busyTimeout,
    user: "the embedded log",
    prepare: (connection) => {
      refuseOthers(connection, file);
      // Both only affect a file that is created now. Space of trimmed records is given back to the disk in steps.
      connection.pragma(`page_size = ${PAGE_BYTES}`);
      connection.pragma("auto_vacuum = INCREMENTAL");
    },
  });
  try {
    const pageBytes = Number(connection.pragma("page_size", { simple: true }));
    connection.pragma(`wal_autocheckpoint = ${Math.floor(CHECKPOINT_BYTES / pageBytes)}`);
    connection.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    if (options.maxBytes !== undefined) {
      connection.pragma(`max_page_count = ${Math.max(Math.floor(options.maxBytes / pageBytes), 1)}`);
    }
    return { connection, logId: initialize(connection, file), identity: identityOf(file) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Device and inode of the file that is there now; "" when there is none. */
export function identityOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}`;
}

function refuseOthers(connection: Connection, file: string): void {
  if (!isEmptyOrOwn(connection, APPLICATION_ID)) {
    throw new TaskwireError(
      "log_not_a_log",
      `${file} is a SQLite database of another program, not an embedded log; name another file in the cluster's \`sqlite\` or another data folder`,
    );
  }
  const format = formatOf(connection);
  if (isEmpty(connection) || (format >= 1 && format <= FORMAT)) return;
  throw new TaskwireError(
    "log_format",
    `${file} is an embedded log of format ${format}, this taskwire reads formats 1 to ${FORMAT}; use the version of taskwire that wrote it, or another data folder`,
  );
}

/** Creates the tables of a new file, or migrates an older one, in one transaction. Returns the file's uuid. */
function initialize(connection: Connection, file: string): string {
  connection
    .transaction(() => {
      if (isEmpty(connection)) {
        connection.exec(SCHEMA);
        connection.prepare("INSERT INTO log (uuid) VALUES (?)").run(randomUUID());
      } else if (formatOf(connection) === 1) {
        migrate(connection);
      }
    })
    .immediate();
  const uuid = connection.prepare("SELECT uuid FROM log").pluck().get();
  if (typeof uuid === "string") return uuid;
  throw new TaskwireError(
    "log_corrupt",
    `the embedded log ${file} is damaged: it has no uuid; move the file away and start again`,
  );
}

function formatOf(connection: Connection): number {
  return Number(connection.pragma("user_version", { simple: true }));
}
