import { codeOf } from "../errors.js";

const RETRY_MS = 10;

/**
 * Runs `attempt`, and again while SQLite reports that the file is busy, for at most `timeout` milliseconds. SQLite's own
 * busy timeout does not cover two connections that switch the same new file to WAL. Blocks the thread. Throws SQLite's
 * last error.
 */
export function retryWhileBusy(timeout: number, attempt: () => void): void {
  const end = performance.now() + timeout;
  for (;;) {
    try {
      attempt();
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || performance.now() >= end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
