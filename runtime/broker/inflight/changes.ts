import type { Changes, PartitionState, RowUpdate } from "./events.js";
import { type Row, type StoredRow, storedForm } from "./row.js";

/**
 * One partition of the log. Its committed position is the lowest offset from which on every activation is untouched:
 * pending, never claimed. Untouched ones need no row, the log has them; below the position all are settled or rows.
 */
interface Line {
  readonly topic: string;
  readonly partition: number;
  logId: string;
  position: number;
  /** Where the next commit moves the position. */
  touched: number;
  /** Rows that the journal does not have, by offset. */
  unwritten: Row[];
}

/** What differs between memory and the journal since the last commit. */
export class ChangeSet {
  readonly #rows: Row[] = [];
  readonly #lines = new Map<string, Line>();
  #moved = 0;
  #boot: number | undefined;
  #workers: readonly string[] | undefined;
  #finished: Changes["finished"][number][] = [];
  #number = 0;

  /** Rows and positions changed since the last `take`. */
  get size(): number {
    return this.#rows.length + this.#moved + (this.#boot === undefined ? 0 : 1) + (this.#workers === undefined ? 0 : 1);
  }

  /** The number of the commit that the next `take` gives. */
  get next(): number {
    return this.#number + 1;
  }

  /** A partition as the journal knows it, or anew. `written`: the journal has this state. */
  partition({ topic, partition, logId, position }: PartitionState, written: boolean): void {
    this.#lines.set(`${topic}\0${partition}`, { topic, partition, logId, position, touched: position, unwritten: [] });
    // The position is written with the first commit; until then a missing one says the same.
    if (!written) this.#moved += 1;
  }

  /** A row came from the log. */
  arrived(row: Row): void {
    this.#lineOf(row.facts).unwritten.push(row);
  }

  /** The state of a row is no longer that of its record or of the journal's row. */
  row(row: Row): void {
    if (!row.stored) {
      this.touch(row.facts);
    } else if (!row.dirty) {
      row.dirty = true;
      this.#rows.push(row);
    }
  }

  /** The record at this place is dealt with, or has a row from now on. */
  touch(place: { readonly topic: string; readonly partition: number; readonly offset: number }): void {
    const line = this.#lineOf(place);
    if (place.offset < line.touched) return;
    this.#moved += place.offset + 1 - line.touched;
    line.touched = place.offset + 1;
  }

  remember(finished: Changes["finished"][number]): void {
    this.#finished.push(finished);
  }

  boot(boot: number): void {
    this.#boot = boot;
  }

  workers(workers: readonly string[]): void {
    this.#workers = workers;
  }

  /** Everything until now, as one commit; `written` is called for each row that the journal keeps. */
  take(written: (row: Row) => void): Changes {
    const inserts: StoredRow[] = [];
    const updates: RowUpdate[] = [];
    const deletes: number[] = [];
    const partitions: PartitionState[] = [];
    for (const row of this.#rows) {
      row.dirty = false;
      if (row.settled) {
        deletes.push(row.facts.seq);
        continue;
      }
      const { state, processingAttempts, claim, worker, claimUntil, ending } = row;
      updates.push({ seq: row.facts.seq, state, processingAttempts, claim, worker, claimUntil, ending });
      written(row);
    }
    for (const line of this.#lines.values()) {
      const { topic, partition, logId, touched } = line;
      if (this.#moved > 0) partitions.push({ topic, partition, logId, position: touched });
      if (touched === line.position) continue;
      line.position = touched;
      const behind = line.unwritten.findIndex((row) => row.facts.offset >= touched);
      for (const row of line.unwritten.splice(0, behind < 0 ? line.unwritten.length : behind)) {
        if (row.settled) continue;
        inserts.push(storedForm(row));
        row.stored = true;
        written(row);
      }
    }
    this.#number += 1;
    const changes: Changes = {
      number: this.#number,
      inserts,
      updates,
      deletes,
      partitions,
      boot: this.#boot,
      workers: this.#workers,
      finished: this.#finished,
    };
    this.#rows.length = 0;
    this.#moved = 0;
    this.#boot = undefined;
    this.#workers = undefined;
    this.#finished = [];
    return changes;
  }

  #lineOf({ topic, partition }: { readonly topic: string; readonly partition: number }): Line {
    const line = this.#lines.get(`${topic}\0${partition}`);
    if (line === undefined) throw new Error(`${topic}/${partition} was never assigned`);
    return line;
  }
}
