import type Database from "better-sqlite3";
import { failpoint } from "../../../base/failpoint.js";
import { hash64 } from "../../../base/ids.js";
import type { Connection } from "../../../base/sqlite/open.js";
import type { Cursor, RowUpdate, StoredCount } from "../../inflight/persisted.js";
import type { StoredRow } from "../../inflight/row.js";
import { COLUMN_COUNT, fromValues, lineOf, type RowValues, toColumns, updateColumns } from "./columns.js";
import { DamageError } from "./damage.js";

/** Rows read from one check of the failpoint to the next. */
const SCAN_SLICE = 256;

/** Asks for parked rows. */
export interface UnparkRequest {
  readonly application: string;
  readonly namespace: string;
  /** Wire names. */
  readonly tasks: readonly string[];
  readonly limit: number;
}

/** The table of activations, one row each, and its indexes. */
export class Rows {
  readonly #db: Connection;
  readonly #insert: Database.Statement;
  readonly #update: Database.Statement;
  readonly #delete: Database.Statement;
  readonly #get: Database.Statement<unknown[], RowValues>;
  readonly #load: Database.Statement<unknown[], RowValues>;
  readonly #nextDue: Database.Statement<unknown[], number>;
  readonly #parked: Database.Statement<unknown[], number>;
  readonly #lowest: Database.Statement<unknown[], number>;

  constructor(db: Connection) {
    this.#db = db;
    this.#insert = db.prepare(`INSERT INTO rows VALUES (${Array(COLUMN_COUNT).fill("?").join(", ")})`);
    this.#update = db.prepare(
      `UPDATE rows SET mark = ?, state = ?, processing_attempts = ?, claim = ?, worker = ?, claim_until = ?, ending = ?
       WHERE seq = ?`,
    );
    this.#delete = db.prepare("DELETE FROM rows WHERE seq BETWEEN ? AND ?");
    this.#get = db.prepare<unknown[], RowValues>("SELECT * FROM rows WHERE seq = ?").raw();
    this.#load = db
      .prepare<unknown[], RowValues>(
        `SELECT * FROM rows INDEXED BY delayed
         WHERE state = 'delayed' AND (due, seq) > (?, ?) AND due <= ? ORDER BY due, seq LIMIT ?`,
      )
      .raw();
    this.#nextDue = db
      .prepare<unknown[], number>(
        `SELECT due FROM rows INDEXED BY delayed
         WHERE state = 'delayed' AND (due, seq) > (?, ?) ORDER BY due, seq LIMIT 1`,
      )
      .pluck();
    this.#parked = db
      .prepare<unknown[], number>(
        `SELECT seq FROM rows INDEXED BY parked
         WHERE state = 'parked' AND application = ? AND namespace = ? AND task = ? ORDER BY seq LIMIT ?`,
      )
      .pluck();
    this.#lowest = db
      .prepare<unknown[], number>(`SELECT "offset" FROM rows WHERE line = ? ORDER BY "offset" LIMIT 1`)
      .pluck();
  }

  insert(row: StoredRow): void {
    this.#insert.run(...toColumns(row));
  }

  update(row: RowUpdate): void {
    this.#update.run(...updateColumns(row));
  }

  /** In the order of seq, a run of numbers by one statement: neighbours are in the same pages. */
  delete(seqs: readonly number[]): void {
    const sorted = Float64Array.from(seqs).sort();
    for (let from = 0; from < sorted.length; ) {
      const first = sorted[from] ?? 0;
      let run = 1;
      while (sorted[from + run] === first + run) run += 1;
      this.#delete.run(first, first + run - 1);
      from += run;
    }
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  load(after: Cursor, dueBefore: number, limit: number): { rows: StoredRow[]; complete: boolean; nextDue: number } {
    const rows = this.#load.all(after.due, seqBound(after.seq), dueBefore, limit).map(fromValues);
    const complete = rows.length < limit;
    const last = rows.at(-1);
    const behind = complete || last === undefined ? { due: dueBefore, seq: Number.MAX_SAFE_INTEGER } : last;
    return { rows, complete, nextDue: this.nextDue(behind) };
  }

  /** When the first delayed row behind `after` is due; Infinity when there is none. */
  nextDue(after: Cursor = { due: -1, seq: -1 }): number {
    return this.#nextDue.get(after.due, seqBound(after.seq)) ?? Number.POSITIVE_INFINITY;
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  unpark({ application, namespace, tasks, limit }: UnparkRequest): StoredRow[] {
    return tasks
      .flatMap((task) => this.#parked.all(application, namespace, task, limit))
      .sort((a, b) => a - b)
      .slice(0, limit)
      .map((seq) => this.#read(seq));
  }

  /** All rows but delayed and parked ones. Throws DamageError. */
  live(): StoredRow[] {
    const seqs = this.#db
      .prepare<unknown[], number>("SELECT seq FROM rows INDEXED BY places WHERE state NOT IN ('delayed', 'parked')")
      .pluck()
      .all()
      .sort((a, b) => a - b);
    return seqs.map((seq, index) => {
      if (index % SCAN_SLICE === 0) failpoint("journal.recovery-scan");
      const row = this.#read(seq);
      if (row.state === "delayed" || row.state === "parked") throw misplaced(row);
      return row;
    });
  }

  /** Delayed and parked rows, counted. No payload is read. */
  counts(): StoredCount[] {
    const groups = this.#db
      .prepare<unknown[], { state: StoredCount["state"]; count: number; oldest: number; any: number }>(
        `SELECT state, count(*) AS count, min(received_at) AS oldest, min(seq) AS "any" FROM rows INDEXED BY counted
         WHERE state IN ('delayed', 'parked') GROUP BY state, kind`,
      )
      .all();
    return groups.map(({ state, count, oldest, any }) => {
      const { topic, application, namespace, task } = this.#read(any);
      return { state, topic, application, namespace, task, count, oldest };
    });
  }

  /** Hashes of the ids of delayed and parked rows that are remembered when they are finished. No payload is read. */
  away(): BigUint64Array {
    const ids = this.#db
      .prepare<unknown[], string>(
        "SELECT id FROM rows INDEXED BY away WHERE remembered = 1 AND state IN ('delayed', 'parked')",
      )
      .pluck();
    const hashes: bigint[] = [];
    for (const id of ids.iterate()) hashes.push(hash64(id));
    return BigUint64Array.from(hashes);
  }

  /** A number above the seq of every row. */
  nextSeq(): number {
    return (this.#db.prepare<unknown[], number | null>("SELECT max(seq) FROM rows").pluck().get() ?? 0) + 1;
  }

  /** The lowest offset among the rows of a partition; undefined: it has none. */
  lowest(topic: string, partition: number): number | undefined {
    return this.#lowest.get(lineOf(topic, partition));
  }

  /** Offsets of the partition's rows from `position` on. */
  offsets(topic: string, partition: number, position: number): Float64Array {
    return Float64Array.from(
      this.#db
        .prepare<unknown[], number>(`SELECT "offset" FROM rows WHERE line = ? AND "offset" >= ?`)
        .pluck()
        .all(lineOf(topic, partition), position),
    );
  }

  /** Throws DamageError for a row that an index names but that is missing, or whose checksum does not hold. */
  #read(seq: number): StoredRow {
    const values = this.#get.get(seq);
    if (values === undefined) throw new DamageError(`an index names row ${seq}, which is missing`);
    return fromValues(values);
  }
}

export function misplaced({ id, topic, partition, offset }: StoredRow): DamageError {
  return new DamageError(
    `the row of activation ${id} (${topic}/${partition} offset ${offset}) is not where an index expects it`,
  );
}

/** SQLite has no infinite integer. */
export function seqBound(seq: number): number {
  return Math.min(seq, Number.MAX_SAFE_INTEGER);
}
