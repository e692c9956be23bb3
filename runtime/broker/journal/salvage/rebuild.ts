import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import { LOCK_WAIT_MS } from "../tables/connection.js";
import { readMarker, removeMarker } from "./marker.js";
import { salvage } from "./salvage.js";
import { syncFile, syncFolder } from "./sync.js";

const SIDES = ["-wal", "-shm"];
const LOCK_SIDES = ["", "-journal"];

/**
 * Moves a marked file away and puts a new one with everything that is readable in its place. After a kill at any point the
 * next start resumes: until the new file is complete, the damaged one stays where it is and is read again; from then on only
 * files are moved. Throws the error of SQLite: SQLITE_BUSY when another broker rebuilds the file.
 */
export function rebuild(file: string): void {
  const lock = new RebuildLock(file);
  try {
    const marker = readMarker(file);
    if (marker === undefined) return;
    const fresh = `${file}.rebuilt`;
    if (!existsSync(marker.target)) {
      for (const side of ["", ...SIDES]) rmSync(fresh + side, { force: true });
      mkdirSync(dirname(marker.target), { recursive: true });
      salvage(file, fresh, { file: marker.target, reason: marker.reason, at: marker.at });
      syncFile(fresh);
      if (existsSync(file)) renameSync(file, marker.target);
    }
    for (const side of SIDES) {
      if (!existsSync(file + side)) continue;
      if (existsSync(marker.target + side)) rmSync(file + side);
      else renameSync(file + side, marker.target + side);
    }
    syncFolder(dirname(marker.target));
    if (existsSync(fresh)) renameSync(fresh, file);
    syncFolder(dirname(file));
    removeMarker(file);
    syncFolder(dirname(file));
  } finally {
    lock.release();
  }
}

/** Removes what rebuilds left behind. Only for the holder of a file that is not marked: nobody rebuilds it then. */
export function removeLeftovers(file: string): void {
  for (const side of LOCK_SIDES) rmSync(lockOf(file) + side, { force: true });
}

/** Held while a file is rebuilt: a file that is not a database cannot be locked itself. */
class RebuildLock {
  readonly #db: Connection;

  constructor(file: string) {
    this.#db = new Database(lockOf(file), { timeout: LOCK_WAIT_MS });
    try {
      this.#db.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}

function lockOf(file: string): string {
  return `${file}.rebuilding`;
}
