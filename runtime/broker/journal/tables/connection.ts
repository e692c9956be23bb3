import { closeSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { codeOf } from "../../../base/errors.js";
import { type Connection, openSqlite } from "../../../base/sqlite/open.js";
import { DamageError } from "./damage.js";

export interface FileOptions {
  /** Largest size of the file in pages, for tests of a full disk. Default: unlimited. */
  readonly maxPages?: number | undefined;
}

/** How long a start waits for the lock of another broker. */
export const LOCK_WAIT_MS = 500;
/** A write-ahead log that grew beyond this size is cut back to it. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
/** From this number of pages in the write-ahead log on, they are moved into the file. */
const CHECKPOINT_PAGES = 4000;
const CACHE_KIB = 16_384;

/**
 * Opens the file and holds it exclusively. Throws DamageError, or the error of SQLite: SQLITE_BUSY when another broker
 * holds the file.
 */
export function openFile(file: string, options: FileOptions): Connection {
  let db: Connection | undefined;
  try {
    db = openSqlite(Database, file, {
      busyTimeout: LOCK_WAIT_MS,
      user: "the in-flight file",
      prepare: (fresh) => {
        fresh.pragma("locking_mode = EXCLUSIVE");
        fresh.pragma("auto_vacuum = INCREMENTAL");
      },
    });
    db.pragma("wal_autocheckpoint = 0");
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.pragma(`cache_size = -${CACHE_KIB}`);
    if (options.maxPages !== undefined) db.pragma(`max_page_count = ${options.maxPages}`);
    db.exec("BEGIN IMMEDIATE; COMMIT");
    return db;
  } catch (error) {
    db?.close();
    // SQLite has no code of its own for a header with values that none of its versions writes.
    if (/^SQLITE_(READONLY|ERROR)$/.test(codeOf(error)) && !hasValidHeader(file)) {
      throw new DamageError("its header has values that SQLite never writes", { cause: error });
    }
    throw error;
  }
}

/** Whether write and read version (bytes 18 and 19) and the schema format (bytes 44 to 47) are values that SQLite writes. */
function hasValidHeader(file: string): boolean {
  const header = Buffer.alloc(48);
  const descriptor = openSync(file, "r");
  try {
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) return true;
    return header.readUInt8(18) <= 2 && header.readUInt8(19) <= 2 && header.readUInt32BE(44) <= 4;
  } finally {
    closeSync(descriptor);
  }
}

/** A new file that nobody else uses and that is discarded unless it is finished: no write-ahead log, no syncs. */
export function openScratch(file: string): Connection {
  const db = new Database(file);
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = OFF");
  db.pragma("synchronous = OFF");
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}

/** A damaged file, read-only. */
export function openDamaged(file: string): Connection {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
}

/** Moves the pages of the write-ahead log into the file when there are many. */
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

/** The pages of a file: how many there are, how many are free, and the bytes of one. */
export function pagesOf(db: Connection): { readonly count: number; readonly free: number; readonly bytes: number } {
  const value = (name: string) => Number(db.pragma(name, { simple: true }));
  return { count: value("page_count"), free: value("freelist_count"), bytes: value("page_size") };
}
