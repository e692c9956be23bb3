import { closeSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { codeOf, TaskwireError } from "../../base/errors.js";
import { DamageError } from "./damage.js";

export type Connection = Database.Database;

export interface FileOptions {
  /** Largest size of the file in pages, for tests of a full disk; default: what the disk holds. */
  readonly maxPages?: number | undefined;
}

/** So long a start waits for the lock of another broker. */
export const LOCK_WAIT_MS = 500;
/** Below it two connections can corrupt the write-ahead log when they write and checkpoint at once. */
const OLDEST_SQLITE = [3, 51, 3];
/** The write-ahead log is cut to this after it grew beyond. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
/** Pages in the write-ahead log from which on they are moved into the file. */
const CHECKPOINT_PAGES = 4000;
const CACHE_KIB = 16_384;

/** Opens the file for itself alone. Throws DamageError, or the error of SQLite: SQLITE_BUSY when another broker holds it. */
export function openFile(file: string, options: FileOptions): Connection {
  const db = new Database(file, { timeout: LOCK_WAIT_MS });
  try {
    refuseOldSqlite(db);
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = WAL");
    // SQLite's default for a file that is in WAL mode already may be NORMAL, which power loss can undo.
    db.pragma("synchronous = FULL");
    db.pragma("wal_autocheckpoint = 0");
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.pragma(`cache_size = -${CACHE_KIB}`);
    if (options.maxPages !== undefined) db.pragma(`max_page_count = ${options.maxPages}`);
    db.exec("BEGIN IMMEDIATE; COMMIT");
    return db;
  } catch (error) {
    db.close();
    if (codeOf(error) === "SQLITE_READONLY" && saysReadOnly(file)) {
      throw new DamageError("its header says that it may not be written, which taskwire never writes");
    }
    throw error;
  }
}

/** The write version in the header, byte 18, is none that SQLite writes. */
function saysReadOnly(file: string): boolean {
  const header = Buffer.alloc(19);
  const descriptor = openSync(file, "r");
  try {
    return readSync(descriptor, header, 0, header.length, 0) === header.length && header.readUInt8(18) > 2;
  } finally {
    closeSync(descriptor);
  }
}

/** A new file that nobody else knows and that is thrown away when it is not finished: no write-ahead log, no syncs. */
export function openScratch(file: string): Connection {
  const db = new Database(file);
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = OFF");
  db.pragma("synchronous = OFF");
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}

/** A damaged file, to read what can be read; nothing of it is changed. */
export function openDamaged(file: string): Connection {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
}

/** Moves the pages of the write-ahead log into the file when they are many. */
export class Checkpoints {
  readonly #db: Connection;
  readonly #length: Database.Statement<unknown[], { log: number; checkpointed: number }>;

  constructor(db: Connection) {
    this.#db = db;
    this.#length = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  }

  due(): boolean {
    const state = this.#length.get();
    return state !== undefined && state.log - state.checkpointed >= CHECKPOINT_PAGES;
  }

  run(mode: "PASSIVE" | "TRUNCATE"): void {
    this.#db.pragma(`wal_checkpoint(${mode})`);
  }
}

function refuseOldSqlite(db: Connection): void {
  const version = String(db.prepare("SELECT sqlite_version()").pluck().get());
  const found = version.split(".").map(Number);
  const difference = OLDEST_SQLITE.map((part, at) => (found[at] ?? 0) - part).find((part) => part !== 0) ?? 0;
  if (difference < 0) {
    throw new TaskwireError(
      "sqlite_too_old",
      `better-sqlite3 brings SQLite ${version}, the in-flight file needs ${OLDEST_SQLITE.join(".")} or newer; run \`npm install better-sqlite3@12\``,
    );
  }
}
