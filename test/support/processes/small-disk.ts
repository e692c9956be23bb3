import { spawnSync } from "node:child_process";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BLOCK = 4096;

/** A file system of its own in memory, which can be filled. */
export class SmallDisk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "taskwire-small-disk-"));
  readonly #ballast = join(this.folder, "ballast");

  /** Throws where this user may not mount. */
  constructor(bytes: number) {
    const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", this.folder]);
    if (status === 0) return;
    rmdirSync(this.folder);
    throw new Error(`cannot mount a tmpfs: ${stderr}`);
  }

  /** Whether this user may mount. */
  static possible(): boolean {
    if (process.platform !== "linux") return false;
    try {
      new SmallDisk(BLOCK)[Symbol.dispose]();
      return true;
    } catch {
      return false;
    }
  }

  /** Calls `make` while temporary folders are made here. */
  with<T>(make: () => T): T {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = this.folder;
    try {
      return make();
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  }

  /** Leaves this many bytes. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.folder);
    const file = openSync(this.#ballast, "w");
    for (let free = bavail * bsize; free > left; free -= BLOCK) writeSync(file, Buffer.alloc(BLOCK));
    fsyncSync(file);
    closeSync(file);
  }

  /** There is space again. */
  free(): void {
    rmSync(this.#ballast);
  }

  [Symbol.dispose](): void {
    spawnSync("umount", [this.folder]);
    rmdirSync(this.folder);
  }
}
