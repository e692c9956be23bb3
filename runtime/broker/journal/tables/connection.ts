import { closeSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { codeOf } from "../../../base/errors.js";
import { refuseOldSqlite } from "../../../base/sqlite/version.js";
import { DamageError } from "./damage.js";

export type Connection = Database.Database;

export interface FileOptions {
  /** Largest size of the file in pages, for tests of a full disk; default: what the disk holds. */
  readonly maxPages?: number | undefined;
}

/** So long a start waits for the lock of another broker. */
export const LOCK_WAIT_MS = 500;
/** The write-ahead log is cut to this after it grew beyond. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
/** Pages in the write-ahead log from which on they are moved into the file. */
const CHECKPOINT_PAGES = 4000;
const CACHE_KIB = 16_384;

/** Opens the file for itself alone. Throws DamageError, or the error of SQLite: SQLITE_BUSY when another broker holds it. */
export function openFile(file: string, options: FileOptions): Connection {
  const db = new Database(file, { timeout: LOCK_WAIT_MS });
  try {
    refuseOldSqlite(String(db.prepare("SELECT sqlite_version()").pluck().get()), "the in-flight file");
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
    // SQLite has no code of its own for a header that says what none of its versions writes.
    if (/^SQLITE_(READONLY|ERROR)$/.test(codeOf(error)) && !hasHeader(file)) {
      throw new DamageError("its header has numbers that SQLite never writes", { cause: error });
    }
    throw error;
  }
}

/** Write and read version (bytes 18 and 19) and the schema's format (bytes 44 to 47) are ones that SQLite writes. */
function hasHeader(file: string): boolean {
  const header = Buffer.alloc(48);
  const descriptor = openSync(file, "r");
  try {
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) return true;
    return header.readUInt8(18) <= 2 && header.readUInt8(19) <= 2 && header.readUInt32BE(44) <= 4;
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
