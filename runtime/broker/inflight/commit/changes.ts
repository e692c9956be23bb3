import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { type Row, storedForm } from "../live-row.js";
import type { Changes, PartitionState, RowUpdate } from "../persisted.js";
import type { RecordOffset, StoredRow } from "../row.js";
import { PartitionProgress } from "./partition-progress.js";
import { UnwrittenClaims } from "./unwritten-claims.js";

/** What differs between memory and the journal since the last commit. */
export class ChangeSet {
  /** Rows that the journal has in another state. */
  #rows: Row[] = [];
  /** Rows that the journal does not have yet. */
  #inserts: Row[] = [];
  readonly #claims = new UnwrittenClaims();
  readonly #partitions = new Map<string, PartitionProgress>();
  /** The one used last: most calls in a row are for the same partition, and a key costs more than a comparison. */
  #last: PartitionProgress | undefined;
  /** Changes of partitions. */
  #moves = 0;
  #boot: number | undefined;
  #workers: (() => readonly string[]) | undefined;
  #finished: Changes["finished"][number][] = [];
  #number = 0;
  readonly #insert = (row: Row): void => {
    if (row.dirty) return;
    row.dirty = true;
    this.#inserts.push(row);
    this.done(row.facts);
  };

  /** Rows and offsets changed since the last `take`. */
  get size(): number {
    return (
      this.#rows.length +
      this.#inserts.length +
      this.#moves +
      (this.#boot === undefined ? 0 : 1) +
      (this.#workers === undefined ? 0 : 1)
    );
  }

  /** The number of the commit that the next `take` gives. */
  get next(): number {
    return this.#number + 1;
  }

  /** Begins a partition in this state. `written`: the journal has it already. */
  partition(state: PartitionState, written: boolean): void {
    const key = keyOf(state);
    this.#partitions.get(key)?.keepAll(this.#insert);
    this.#last = new PartitionProgress(state, written);
    this.#partitions.set(key, this.#last);
    // The position is written with the first commit; until then a missing one means the same.
    if (!written) this.#moves += 1;
  }

  /** Records of the partition come in again. */
  replay(partition: TopicPartition): void {
    this.#of(partition).replay();
  }

  /** Whether the record need not be read again. */
  isDone(record: RecordOffset): boolean {
    return this.#of(record).isDone(record.offset);
  }

  /** All before it is settled, or has a row from the next commit on. */
  positionOf(partition: TopicPartition): number {
    return this.#of(partition).position;
  }

  /** The next record of a partition comes in; the log has none between the last one and this. */
  reached(record: RecordOffset): void {
    if (this.#of(record).reached(record.offset)) this.#moves += 1;
  }

  /** The log has nothing from the last record that came in up to `next`. */
  skippedTo(partition: TopicPartition, next: number): void {
    if (this.#of(partition).skippedTo(next)) this.#moves += 1;
  }

  /** Reading of the partition begins at `from`: everything before it is accounted for. */
  startAt(partition: TopicPartition, from: number): void {
    if (this.#of(partition).startAt(from)) this.#moves += 1;
  }

  /** Everything up to this record gets its row, so that the position may pass it. */
  secure(record: RecordOffset): void {
    if (this.#of(record).secure(record.offset, this.#insert)) this.#moves += 1;
  }

  /** The partition is given away; `leave` is called for each row that is left to its next owner. */
  release(partition: TopicPartition, leave: (row: Row) => void): void {
    if (this.#of(partition).release(this.#insert, leave)) this.#moves += 1;
  }

  /** The record is not dealt with here after all. */
  undone(record: RecordOffset): void {
    if (this.#of(record).undone(record.offset)) this.#moves += 1;
  }

  /** The record is dealt with, or has a row from the next commit on. */
  done(record: RecordOffset): void {
    if (this.#of(record).done(record.offset)) this.#moves += 1;
  }

  /** A row was made from a record of the log. */
  arrived(row: Row): void {
    this.#of(row.facts).arrived(row);
  }

  /** The state of a row differs from that of its record, or of the journal's row. */
  row(row: Row, now: number): void {
    if (row.stored) {
      if (row.settled && this.#of(row.facts).replays) this.done(row.facts);
      if (row.dirty) return;
      row.dirty = true;
      this.#rows.push(row);
    } else if (row.settled) {
      // One that is about to get its row is done already; its offset may by now mean a record of another log.
      if (!row.dirty) this.done(row.facts);
    } else if (needsRow(row)) {
      this.#insert(row);
    } else if (row.state === "processing") {
      this.#claims.add(row, now);
    }
  }

  remember(finished: Changes["finished"][number]): void {
    this.#finished.push(finished);
  }

  boot(boot: number): void {
    this.#boot = boot;
  }

  /** The workers with a session changed; `workers` is called when the commit is made. */
  workers(workers: () => readonly string[]): void {
    this.#workers = workers;
  }

  /** Claims that have been open for a while get their row. */
  age(now: number): void {
    this.#claims.age(now, this.#insert);
  }

  /** When `age` has something to do; Infinity when never. */
  get nextAge(): number {
    return this.#claims.nextAge;
  }

  /**
   * Everything until now, as one commit; `written` is called for each row that the journal keeps. The journal's times are
   * the wall's, which is ahead by `lead`: after a restart there is no other.
   */
  take(lead: number, written: (row: Row) => void): Changes {
    for (const progress of this.#partitions.values()) progress.tidy(this.#insert);
    const { updates, deletes } = this.#takeRows(lead, written);
    const inserts = this.#takeInserts(lead, written);
    const partitions: PartitionState[] = [];
    for (const progress of this.#partitions.values()) {
      const state = progress.takeChanged();
      if (state !== undefined) partitions.push(state);
    }
    this.#number += 1;
    const changes: Changes = {
      number: this.#number,
      inserts,
      updates,
      deletes,
      partitions,
      boot: this.#boot,
      workers: this.#workers?.(),
      finished: this.#finished,
    };
    this.#moves = 0;
    this.#boot = undefined;
    this.#workers = undefined;
    this.#finished = [];
    return changes;
  }

  #takeRows(lead: number, written: (row: Row) => void): Pick<Changes, "updates" | "deletes"> {
    const updates: RowUpdate[] = [];
    const deletes: number[] = [];
    const rows = this.#rows;
    this.#rows = [];
    for (const row of rows) {
      row.dirty = false;
      if (row.settled) {
        deletes.push(row.facts.seq);
        continue;
      }
      const { state, processingAttempts, claim, worker, ending } = row;
      const claimUntil = row.claimUntil + lead;
      updates.push({ seq: row.facts.seq, state, processingAttempts, claim, worker, claimUntil, ending });
      written(row);
    }
    return { updates, deletes };
  }

  #takeInserts(lead: number, written: (row: Row) => void): StoredRow[] {
    const inserts: StoredRow[] = [];
    const rows = this.#inserts;
    this.#inserts = [];
    for (const row of rows) {
      row.dirty = false;
      if (row.settled) continue;
      inserts.push(storedForm(row, lead));
      row.stored = true;
      written(row);
    }
    return inserts;
  }

  #of(partition: TopicPartition): PartitionProgress {
    const last = this.#last;
    if (last !== undefined && last.partition === partition.partition && last.topic === partition.topic) return last;
    const progress = this.#partitions.get(keyOf(partition));
    if (progress === undefined) throw new Error(`${partition.topic}/${partition.partition} was never assigned`);
    this.#last = progress;
    return progress;
  }
}

/** Whether the log does not show the row's state. */
function needsRow({ state, processingAttempts, ending, facts }: Row): boolean {
  if (processingAttempts > 0 || ending !== undefined) return true;
  return state === "processing" ? facts.atMostOnce : state !== "pending";
}
