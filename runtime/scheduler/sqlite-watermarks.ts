import type { Statement } from "better-sqlite3";
import { TaskwireError } from "../base/errors.js";
import { type Connection, isEmptyOrOwn, openSqlite } from "../base/sqlite/open.js";
import type { Watermark } from "./decide.js";
import { pauseOf, textOf, watermarkOf, watermarkText } from "./state-codec.js";
import type { EntryState, Watermarks } from "./watermarks.js";

/** "TWSC" */
const APPLICATION_ID = 0x54575343;
const LOCK_WAIT_MS = 5000;

interface Row {
  readonly mark: string | null;
  readonly pause: string | null;
}

/**
 * Watermarks in a file of the data folder, shared by all its schedulers; the unique keys of the log decide who appends.
 */
export class SqliteWatermarks implements Watermarks {
  readonly owned = true;
  readonly #file: string;
  #db: Connection | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async open(): Promise<void> {
    const { default: SqliteDatabase } = await import("better-sqlite3");
    this.#db = openSqlite(SqliteDatabase, this.#file, {
      busyTimeout: LOCK_WAIT_MS,
      user: "the scheduler",
      prepare: (db) => db.transaction(() => prepare(db, this.#file)).immediate(),
    });
  }

  stateOf(task: string): EntryState {
    const row = this.#statement<Row>("SELECT mark, pause FROM entries WHERE task = ?").get(task);
    return {
      ...(row?.mark == null ? {} : { watermark: watermarkOf(row.mark) }),
      ...(row?.pause == null ? {} : { pause: pauseOf(row.pause) }),
    };
  }

  async advance(task: string, before: Watermark | undefined, next: Watermark): Promise<boolean> {
    const replace = this.#open().transaction(() => {
      const { watermark } = this.stateOf(task);
      if (textOf(watermark) !== textOf(before)) return false;
      this.#statement(
        "INSERT INTO entries (task, mark) VALUES (?, ?) ON CONFLICT (task) DO UPDATE SET mark = excluded.mark",
      ).run(task, watermarkText(next));
      return true;
    });
    return replace.immediate();
  }

  async pause(task: string, pause: NonNullable<EntryState["pause"]>): Promise<void> {
    const sql =
      "INSERT INTO entries (task, pause) VALUES (?, ?) ON CONFLICT (task) DO UPDATE SET pause = excluded.pause";
    this.#statement(sql).run(task, JSON.stringify(pause));
  }

  async close(): Promise<void> {
    this.#db?.close();
    this.#db = undefined;
  }

  #open(): Connection {
    if (this.#db === undefined) throw new Error("the watermarks are not open");
    return this.#db;
  }

  #statement<R = unknown>(sql: string): Statement<unknown[], R> {
    return this.#open().prepare<unknown[], R>(sql);
  }
}

/** Throws TaskwireError `marks_not_marks` when the file is a database of another program. */
function prepare(db: Connection, file: string): void {
  if (!isEmptyOrOwn(db, APPLICATION_ID)) {
    throw new TaskwireError(
      "marks_not_marks",
      `${file} is a SQLite database of another program, not the file of a scheduler; move it away or pass another data folder with --data DIR or TASKWIRE_DATA`,
    );
  }
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.exec("CREATE TABLE IF NOT EXISTS entries (task TEXT PRIMARY KEY, mark TEXT, pause TEXT) STRICT");
}
