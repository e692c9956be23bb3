import type { Clock } from "../../../base/clock.js";
import { codeOf } from "../../../base/errors.js";
import type { Connection } from "../../../base/sqlite/open.js";
import type { OpenLog } from "../file/open-log.js";

/** How long settled records wait for their deletion when no commit takes them along. */
const IDLE_MS = 1000;
/** Free space that the file keeps for the next records. */
const SPARE_BYTES = 32 * 1024 * 1024;
/** Most space that one transaction gives back to the disk. */
const SHRINK_BYTES = 4 * 1024 * 1024;

/** Deletes settled records while the thread is idle, slice by slice, and gives space back to the disk. */
export class Trimmer {
  readonly #clock: Clock;
  readonly #openLog: () => OpenLog;
  readonly #onError: (error: unknown) => void;
  readonly #busyTimeout: number;
  /** The write-ahead log has values that were emptied. */
  #isScrubbed = false;
  /** Topics with the time of their last commit. */
  readonly #due = new Map<string, number>();
  #cancel: (() => void) | undefined;

  /** `busyTimeout`: of the connection, milliseconds. */
  constructor(clock: Clock, openLog: () => OpenLog, busyTimeout: number, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#busyTimeout = busyTimeout;
    this.#openLog = openLog;
    this.#onError = onError;
  }

  /** A position of the topic was stored at `now`. */
  markDue(topic: string, now: number): void {
    this.#due.set(topic, now);
    this.#cancel ??= this.#clock.after(IDLE_MS, () => this.#slice());
  }

  /** Values were emptied. */
  markScrubbed(): void {
    this.#isScrubbed = true;
    this.#cancel ??= this.#clock.after(IDLE_MS, () => this.#slice());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due.clear();
  }

  #slice(): void {
    this.#cancel = undefined;
    let more: boolean;
    try {
      const log = this.#openLog();
      more = this.#trim(log) || shrink(log.connection);
      if (!more && this.#isScrubbed) this.#isScrubbed = !emptyWal(log.connection, this.#busyTimeout);
    } catch (error) {
      // A lock, a full disk or a quota passes, and a damaged topic just grows; the next stored position tries again.
      this.#due.clear();
      if (!/^SQLITE_(BUSY|FULL|IOERR|CORRUPT)/.test(codeOf(error))) this.#onError(error);
      return;
    }
    // Requests that arrived meanwhile come first.
    if (more || this.#isScrubbed) this.#cancel = this.#clock.after(more ? 0 : IDLE_MS, () => this.#slice());
  }

  /** Trims one slice; false when nothing is left to trim. */
  #trim(log: OpenLog): boolean {
    const [due] = this.#due;
    if (due === undefined) return false;
    const [topic, now] = due;
    log.transactions.write(() => {
      if (!log.readerRows.trim(topic, now)) this.#due.delete(topic);
    });
    return true;
  }
}

/**
 * Gives one slice of free space back to the disk when a quarter of the file is free, which bounds the pages that have to be
 * moved. Files of format 1 were created without this; they only reuse free space. False when there is nothing to give back.
 */
function shrink(connection: Connection): boolean {
  const value = (pragma: string): number => Number(connection.pragma(pragma, { simple: true }));
  const free = value("freelist_count");
  const pageBytes = value("page_size");
  if (free * pageBytes < SPARE_BYTES || free * 4 < value("page_count") || value("auto_vacuum") !== 2) return false;
  connection.exec(`PRAGMA incremental_vacuum(${Math.floor(SHRINK_BYTES / pageBytes)})`);
  return true;
}

/**
 * Moves the write-ahead log into the file and empties it, without waiting for other connections; false when one of them is
 * in the way.
 */
function emptyWal(connection: Connection, busyTimeout: number): boolean {
  connection.pragma("busy_timeout = 0");
  try {
    return connection.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) === 0;
  } finally {
    connection.pragma(`busy_timeout = ${busyTimeout}`);
  }
}
