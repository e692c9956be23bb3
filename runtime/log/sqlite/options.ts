import type { Clock } from "../../base/clock.js";

export interface SqliteLogOptions {
  /** Absolute path of the log file; created when missing, its folder is not. */
  readonly file: string;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** How long to wait while another process holds the file, milliseconds. Default 5000. */
  readonly busyTimeout?: number;
  /** Largest size of the file in bytes; an append beyond it is refused. Default: as large as the disk allows. */
  readonly maxBytes?: number;
}

export const DEFAULT_BUSY_TIMEOUT_MS = 5000;
