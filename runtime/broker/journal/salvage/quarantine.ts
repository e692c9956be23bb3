import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { codeOf, messageOf } from "../../../base/errors.js";
import { LOCK_WAIT_MS } from "../tables/connection.js";
import { salvage } from "./salvage.js";

/** What a rebuild of the in-flight file did. */
export interface Quarantine {
  /** The damaged file, absolute. */
  readonly file: string;
  /** What was found. */
  readonly reason: string;
  /** Wall time, milliseconds. */
  readonly at: number;
  /** Rows that are in the new file. */
  readonly carriedOver: number;
  /** What is known of the rows that are not, at most MOST_LOST of them. */
  readonly lost: readonly LostRow[];
  /** How many rows are known to be lost. */
  readonly lostCount: number;
  /** false: the logs see another journal, which must take their topics over. */
  readonly uuidKept: boolean;
  /** Boot number of the file when it was rebuilt. */
  readonly boot: number;
}

export interface LostRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** undefined: could not be read. */
  readonly id: string | undefined;
}

/** Lies beside a damaged file until it is rebuilt. */
interface Marker {
  readonly reason: string;
  /** Where the damaged file goes, absolute. */
  readonly target: string;
  readonly at: number;
}

const SIDES = ["-wal", "-shm"];
const LOCK_SIDES = ["", "-journal"];

/** The next start rebuilds the file. Without a place for the marker, the next start has to find the damage itself. */
export function markDamaged(file: string, error: unknown): void {
  if (existsSync(markerOf(file))) return;
  const at = Date.now();
  const target = freeTarget(file, at);
  try {
    mkdirSync(dirname(target), { recursive: true });
    // Closing the file moves what SQLite takes for valid out of the write-ahead log, and removes it.
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${target}-wal`);
    const marker: Marker = { reason: messageOf(error), target, at };
    writeFileSync(`${markerOf(file)}.new`, JSON.stringify(marker), { flush: true });
    renameSync(`${markerOf(file)}.new`, markerOf(file));
    syncFolder(dirname(file));
  } catch (failure) {
    // Half a copy would take the space that the rebuild needs, and one more at each start.
    for (const half of [`${target}-wal`, `${markerOf(file)}.new`]) rmSync(half, { force: true });
    if (!/^E(NOSPC|DQUOT|ROFS|ACCES|PERM|FBIG|IO)/.test(codeOf(failure))) throw failure;
  }
}

export function isMarked(file: string): boolean {
  return existsSync(markerOf(file));
}

/** What a rebuild leaves. Only for who holds the file, and it is not marked: nobody rebuilds it then. */
export function removeLeftovers(file: string): void {
  for (const side of LOCK_SIDES) rmSync(lockOf(file) + side, { force: true });
}

/**
 * Moves a marked file away and puts a new one with all that could be read in its place. A kill at any point leaves
 * what the next start goes on with: until the new file is whole, the damaged one stays where it is, and is read again;
 * from then on the rest is moving. Throws the error of SQLite: SQLITE_BUSY when another broker does the same.
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
      sync(fresh);
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
    rmSync(markerOf(file));
    syncFolder(dirname(file));
  } finally {
    lock.release();
  }
}

/** Held while a file is rebuilt: a file that is no database cannot be locked itself. */
class RebuildLock {
  readonly #db: Database.Database;

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

function markerOf(file: string): string {
  return `${file}.damaged`;
}

function readMarker(file: string): Marker | undefined {
  return isMarked(file) ? JSON.parse(readFileSync(markerOf(file), "utf8")) : undefined;
}

function freeTarget(file: string, at: number): string {
  const folder = join(dirname(file), "quarantine");
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const name = `${basename(file, ".db")}.${time}`;
  for (let number = 1; ; number += 1) {
    const target = join(folder, `${name}${number === 1 ? "" : `-${number}`}.db`);
    if (!existsSync(target) && !existsSync(`${target}-wal`)) return target;
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Renames in it are on disk; where folders cannot be opened (Windows), the system sees to it. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
