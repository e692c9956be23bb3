import type { TopicPartition } from "../../../base/topic-partition.js";
import type { Row } from "../live-row.js";
import type { PartitionState } from "../persisted.js";
import { Offsets } from "./offsets.js";

/** With more gaps than this the lowest records become rows, so that the position moves on. */
const MOST_GAPS = 256;
const SPARE_UNWRITTEN = 1024;

/**
 * How far one partition of the log is accounted for. A record needs a row only when something has happened to it that the
 * log does not show: pending records, and those claimed a moment ago, are read again after a crash. `insert` is called for
 * a row that the journal must have; it calls `done` for its offset. Methods that return a boolean return whether the state
 * for the journal changed.
 */
export class PartitionProgress implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #logId: string;
  /** Offsets that need not be read again: settled, or rows. */
  readonly #done: Offsets;
  /** The next offset to come. */
  #end: number;
  /** Rows of this partition in order; those with a row in the journal and settled ones are skipped. */
  #unwritten: (Row | undefined)[] = [];
  /** Those before this index are forgotten. Moving the others at each commit would cost by the backlog. */
  #head = 0;
  /** Records come in again whose rows exist: then the offset of a settled row has to be known too. */
  #replays = false;
  #changed: boolean;

  /** `written`: the journal has this state. */
  constructor({ topic, partition, logId, position, done }: PartitionState, written: boolean) {
    this.topic = topic;
    this.partition = partition;
    this.#logId = logId;
    this.#done = new Offsets(position, done);
    this.#end = position;
    this.#changed = !written;
  }

  /** Everything before it is settled, or has a row from the next commit on. */
  get position(): number {
    return this.#done.position;
  }

  isDone(offset: number): boolean {
    return this.#done.has(offset);
  }

  get replays(): boolean {
    return this.#replays;
  }

  /** Records of the partition come in again. */
  replay(): void {
    this.#replays = true;
  }

  /** A row was made from a record. */
  arrived(row: Row): void {
    this.#unwritten.push(row);
  }

  /** The record at this offset is settled, or has a row from the next commit on. */
  done(offset: number): boolean {
    return this.#done.add(offset) && this.#change();
  }

  /** The record at this offset is not dealt with here after all. */
  undone(offset: number): boolean {
    this.#done.remove(offset);
    return this.#change();
  }

  /** The next record comes in; the log has none between the last one and this. */
  reached(offset: number): boolean {
    const changed = this.skippedTo(offset);
    this.#end = Math.max(this.#end, offset + 1);
    return changed;
  }

  /** The log has nothing from the last record that came in up to `next`: compaction, or markers of transactions. */
  skippedTo(next: number): boolean {
    const changed = next > this.#end && this.#done.add(this.#end, next) && this.#change();
    this.#end = Math.max(this.#end, next);
    return changed;
  }

  /** Reading begins at `from`: everything before it is accounted for. */
  startAt(from: number): boolean {
    this.#done.add(this.#done.position, from);
    this.#end = from;
    this.#clear();
    return this.#change();
  }

  /** Everything up to this offset, which was read, gets its row, so that the position may pass it. */
  secure(offset: number, insert: (row: Row) => void): boolean {
    this.#forgetBelow(offset + 1, insert);
    return this.#done.add(this.#done.position, offset + 1) && this.#change();
  }

  /** The log is replaced: the journal is all that is left of its records. */
  keepAll(insert: (row: Row) => void): void {
    for (const row of this.#unwritten) if (row !== undefined && isUnwritten(row)) insert(row);
  }

  /**
   * The partition is given away: claimed records, and those below something that is done, get their row, so that the
   * position passes them. `leave` is called for each of the others, which the next owner reads.
   */
  release(insert: (row: Row) => void, leave: (row: Row) => void): boolean {
    const open = this.#unwritten.filter((row) => row !== undefined && isUnwritten(row) && !row.dirty);
    for (const row of open) if (row !== undefined && row.state !== "pending") insert(row);
    const until = this.#doneUntil();
    for (const row of open) {
      if (row === undefined || row.dirty) continue;
      if (row.facts.offset < until) insert(row);
      else leave(row);
    }
    this.#done.add(this.#done.position, until);
    this.#end = this.#done.position;
    this.#clear();
    return this.#change();
  }

  /** Forgets rows that need no second look; too many gaps are closed from below. Once before each commit. */
  tidy(insert: (row: Row) => void): void {
    const done = this.#done;
    // Nothing above `end` was read again yet after a start.
    while (done.gaps > MOST_GAPS && done.nextRange <= this.#end) {
      const until = done.nextRange;
      this.#forgetBelow(until, insert);
      done.add(done.position, until);
    }
    this.#forgetBelow(done.position);
    if (this.#unwritten.length - this.#head > 2 * (this.#end - done.position - inRanges(done)) + SPARE_UNWRITTEN) {
      this.#unwritten = this.#unwritten.filter((row) => row !== undefined && isUnwritten(row));
      this.#head = 0;
    }
  }

  /** The state for the journal; undefined when it has not changed since the last time. */
  takeChanged(): PartitionState | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const { topic, partition } = this;
    return { topic, partition, logId: this.#logId, position: this.#done.position, done: this.#done.ranges() };
  }

  #change(): true {
    this.#changed = true;
    return true;
  }

  #clear(): void {
    this.#unwritten = [];
    this.#head = 0;
  }

  /** The end of the highest range that is done, as far as it was read. */
  #doneUntil(): number {
    let until = this.#done.position;
    const ranges = this.#done.ranges();
    for (let at = 0; at + 1 < ranges.length; at += 2) {
      if ((ranges[at] ?? 0) < this.#end) until = Math.max(until, Math.min(ranges[at + 1] ?? 0, this.#end));
    }
    return until;
  }

  /** `insert` is called for those that have no row and are not settled. */
  #forgetBelow(offset: number, insert?: (row: Row) => void): void {
    const unwritten = this.#unwritten;
    for (let row = unwritten[this.#head]; row !== undefined && row.facts.offset < offset; row = unwritten[this.#head]) {
      unwritten[this.#head] = undefined;
      this.#head += 1;
      if (insert !== undefined && isUnwritten(row)) insert(row);
    }
    if (this.#head > SPARE_UNWRITTEN && this.#head * 2 > unwritten.length) {
      this.#unwritten = unwritten.slice(this.#head);
      this.#head = 0;
    }
  }
}

function isUnwritten({ settled, stored }: Row): boolean {
  return !settled && !stored;
}

/** How many offsets the ranges above the position contain. */
function inRanges(done: Offsets): number {
  let count = 0;
  const ranges = done.ranges();
  for (let at = 0; at + 1 < ranges.length; at += 2) count += (ranges[at + 1] ?? 0) - (ranges[at] ?? 0);
  return count;
}
