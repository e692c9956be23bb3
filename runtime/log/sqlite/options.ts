import type { Clock } from "../../base/clock.js";

export interface SqliteLogOptions {
  /** Absolute path of the log file; created when missing, its folder is not. */
  readonly file: string;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds to wait for a lock of another process. Default 5000. */
  readonly busyTimeout?: number;
  /** Largest size of the file in bytes; an append beyond it is refused. Default: what the disk holds. */
  readonly maxBytes?: number;
}

export const DEFAULT_BUSY_TIMEOUT_MS = 5000;
