import { codeOf } from "../errors.js";

const RETRY_MS = 10;

/**
 * Runs again and again while SQLite says that the file is busy, at most for `timeout` milliseconds: it does not wait by
 * itself when another connection switches the same new file to WAL. Blocks the thread. Throws SQLite's last error.
 */
export function patiently(timeout: number, run: () => void): void {
  const end = performance.now() + timeout;
  for (;;) {
    try {
      run();
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || performance.now() >= end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
