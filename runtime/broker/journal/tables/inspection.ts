import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import { fromColumns, idTag, type RowColumns } from "./columns.js";
import { misplaced } from "./rows.js";

/** Rows inspected in one slice of work. */
const SLICE = 128;

/**
 * Inspects every row once: whether its checksums hold and the indexes lead to it. Reading by an index detects a damaged
 * row, but not one that a damaged index leaves out.
 */
export class Inspection {
  readonly #slice: Database.Statement<unknown[], RowColumns>;
  readonly #place: Database.Statement;
  readonly #delayed: Database.Statement;
  readonly #counted: Database.Statement;
  readonly #parked: Database.Statement;
  readonly #ids: Database.Statement;
  readonly #away: Database.Statement;
  #after = -1;

  constructor(db: Connection) {
    this.#slice = db.prepare("SELECT * FROM rows NOT INDEXED WHERE seq > ? ORDER BY seq LIMIT ?");
    const lookup = (index: string, condition: string) =>
      db.prepare(`SELECT 1 FROM rows INDEXED BY ${index} WHERE ${condition} AND seq = ?`).pluck();
    this.#place = lookup("places", `line = ? AND "offset" = ? AND state = ?`);
    this.#delayed = lookup("delayed", "state = 'delayed' AND due = ?");
    this.#counted = lookup("counted", "state IN ('delayed', 'parked') AND state = ? AND kind = ? AND received_at = ?");
    this.#parked = lookup("parked", "state = 'parked' AND application = ? AND namespace = ? AND task = ?");
    const part = "state IN ('delayed', 'parked') AND seq / 4096 = ?";
    this.#ids = lookup("ids", `${part} AND crc / 4294967296 = ?`);
    this.#away = lookup("away", `remembered = 1 AND ${part} AND id = ?`);
  }

  /** One slice; false: all rows are inspected. Throws DamageError, or the error of SQLite. */
  next(): boolean {
    const slice = this.#slice.all(this.#after, SLICE);
    for (const columns of slice) this.#look(columns);
    this.#after = slice.at(-1)?.seq ?? this.#after;
    return slice.length === SLICE;
  }

  #look(columns: RowColumns): void {
    const row = fromColumns(columns);
    const { seq, line, kind, state, offset, due, application, namespace, task, received_at, id, remembered } = columns;
    const away = state === "delayed" || state === "parked";
    const part = Math.floor(seq / 4096);
    const found =
      this.#place.get(line, offset, state, seq) === 1 &&
      (state !== "delayed" || this.#delayed.get(due, seq) === 1) &&
      (state !== "parked" || this.#parked.get(application, namespace, task, seq) === 1) &&
      (!away || this.#counted.get(state, kind, received_at, seq) === 1) &&
      (!away || this.#ids.get(part, idTag(id), seq) === 1) &&
      (!away || remembered === 0 || this.#away.get(part, id, seq) === 1);
    if (!found) throw misplaced(row);
  }
}
