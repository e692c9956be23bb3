import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { median } from "../report/statistics.js";

const WRITES = 200;

/** The machine of a run, as far as figures depend on it. */
export interface Machine {
  readonly node: string;
  readonly processors: number;
  readonly model: string;
  readonly memoryGiB: number;
  readonly linux: string;
  /** Processes that wanted to run in the minute before. */
  readonly load: number;
  /** A write of 100 bytes and its fdatasync in the folder of temporary files, milliseconds, median. */
  readonly fsyncMs: number;
}

export function machine(): Machine {
  const text = readFileSync("/etc/os-release", "utf8");
  return {
    node: process.version,
    processors: cpus().length,
    model: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    linux: `${/^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? "Linux"}, kernel ${release()}`,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    fsyncMs: fsyncMs(),
  };
}

function fsyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-fsync-"));
  const file = openSync(join(folder, "file"), "w");
  const bytes = Buffer.alloc(100);
  const taken = Array.from({ length: WRITES }, () => {
    const began = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return Math.round(median(taken) * 100) / 100;
}
