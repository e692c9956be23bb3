import type { Connection } from "../../../base/sqlite/open.js";
import { type Checkpoints, pagesOf } from "./connection.js";

/** Free pages go back to the disk when they amount to at least this and to a quarter of the file. */
const VACUUM_BYTES = 64 * 1024 * 1024;
/** Pages returned in one slice of work. */
const SLICE_PAGES = 256;

/** Returns free pages of the file to the disk, a slice at a time. */
export class Vacuum {
  readonly #db: Connection;
  readonly #checkpoints: Checkpoints;
  /** Once begun, it continues until no page is free. */
  #begun = false;

  constructor(db: Connection, checkpoints: Checkpoints) {
    this.#db = db;
    this.#checkpoints = checkpoints;
  }

  /** One slice; false: there is nothing more to return. */
  next(): boolean {
    const { count, free, bytes } = pagesOf(this.#db);
    const isDue = free * bytes >= VACUUM_BYTES && free * 4 >= count;
    if (!isDue && !(this.#begun && free > 0)) {
      if (this.#begun) this.#checkpoints.run("TRUNCATE");
      this.#begun = false;
      return false;
    }
    this.#db.pragma(`incremental_vacuum(${SLICE_PAGES})`);
    this.#begun = pagesOf(this.#db).count < count;
    return this.#begun;
  }
}
