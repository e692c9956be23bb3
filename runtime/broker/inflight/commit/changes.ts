import type { Changes, PartitionState, RowUpdate } from "../persisted.js";
import { type Row, type StoredRow, storedForm } from "../row.js";
import { Offsets } from "./offsets.js";

/** A claim without a row that is open for so long gets one, milliseconds. */
const CLAIM_AGE_MS = 100;
/** Timers of claims are rounded up to it. */
const AGE_STEP_MS = 25;
/** More gaps than this make the lowest records rows, so that the position moves on. */
const MOST_GAPS = 256;
const SPARE_UNWRITTEN = 1024;

/**
 * One partition of the log. A record needs a row only when something has happened to it that the log does not tell:
 * those that are pending, or claimed a moment ago, are read again after a crash. `done` has the offsets that need no
 * second reading: settled, or rows.
 */
interface Line {
  readonly topic: string;
  readonly partition: number;
  readonly logId: string;
  readonly done: Offsets;
  /** The next offset to come. */
  end: number;
  /** Without row and not settled, in order; others among them are passed over. */
  unwritten: (Row | undefined)[];
  /** Those before it are forgotten: to move all others at each commit would cost by the backlog. */
  head: number;
  /** Records come in again whose rows are there: of a row that is settled before, the place has to be known. */
  rereading: boolean;
  changed: boolean;
}

type Place = { readonly topic: string; readonly partition: number; readonly offset: number };

/** What differs between memory and the journal since the last commit. */
export class ChangeSet {
  /** Rows that the journal has in another state. */
  #rows: Row[] = [];
  /** Rows that the journal is to have. */
  #inserts: Row[] = [];
  /** Claims without a row, in the order of their time. */
  #claims: { readonly row: Row; readonly claim: number; readonly at: number }[] = [];
  readonly #lines = new Map<string, Line>();
  #moved = 0;
  #boot: number | undefined;
  #workers: (() => readonly string[]) | undefined;
  #finished: Changes["finished"][number][] = [];
  #number = 0;

  /** Rows and offsets changed since the last `take`. */
  get size(): number {
    return (
      this.#rows.length +
      this.#inserts.length +
      this.#moved +
      (this.#boot === undefined ? 0 : 1) +
      (this.#workers === undefined ? 0 : 1)
    );
  }

  /** The number of the commit that the next `take` gives. */
  get next(): number {
    return this.#number + 1;
  }

  /** A partition as the journal knows it, or anew. `written`: the journal has this state. */
  partition({ topic, partition, logId, position, done }: PartitionState, written: boolean): void {
    // Of a log that is replaced the journal is all that is left.
    const before = this.#lines.get(`${topic}\0${partition}`);
    for (const row of before?.unwritten ?? []) {
      if (row !== undefined && !row.settled && !row.stored) this.#insert(row);
    }
    this.#lines.set(`${topic}\0${partition}`, {
      topic,
      partition,
      logId,
      done: new Offsets(position, done),
      end: position,
      unwritten: [],
      head: 0,
      rereading: false,
      changed: !written,
    });
    // The position is written with the first commit; until then a missing one says the same.
    if (!written) this.#moved += 1;
  }

  /** Records of the partition come in again. */
  reread(place: Pick<Place, "topic" | "partition">): void {
    this.#lineOf(place).rereading = true;
  }

  /** Whether the record needs no second reading. */
  isDone(place: Place): boolean {
    return this.#lineOf(place).done.has(place.offset);
  }

  /** The next record of a partition comes in; the log has none between the last one and this. */
  reached(place: Place): void {
    const line = this.#lineOf(place);
    if (place.offset > line.end && line.done.add(line.end, place.offset)) this.#mark(line);
    line.end = Math.max(line.end, place.offset + 1);
  }

  /** The log has nothing from the last record that came in up to `next`: compaction, or markers of transactions. */
  passed(place: Pick<Place, "topic" | "partition">, next: number): void {
    const line = this.#lineOf(place);
    if (next > line.end && line.done.add(line.end, next)) this.#mark(line);
    line.end = Math.max(line.end, next);
  }

  /** Reading of the partition begins at `from`: what lies before it is accounted for. */
  reposition(place: Pick<Place, "topic" | "partition">, from: number): void {
    const line = this.#lineOf(place);
    line.done.add(line.done.position, from);
    line.end = from;
    line.unwritten = [];
    line.head = 0;
    this.#mark(line);
  }

  /** Everything up to this offset, which was read, is to have its row: then the position may pass it. */
  secure(place: Place): void {
    const line = this.#lineOf(place);
    forgetBelow(line, place.offset + 1, (row) => {
      if (!row.settled && !row.stored) this.#insert(row);
    });
    if (line.done.add(line.done.position, place.offset + 1)) this.#mark(line);
  }

  /**
   * The partition is given away: what is claimed, and what lies below something that is done, is to have its row, so that
   * the position passes it. `left` is called for each of the others, which their next owner reads.
   */
  surrender(place: Pick<Place, "topic" | "partition">, left: (row: Row) => void): void {
    const line = this.#lineOf(place);
    const open = line.unwritten.filter((row) => row !== undefined && !row.settled && !row.stored && !row.dirty);
    for (const row of open) if (row !== undefined && row.state !== "pending") this.#insert(row);
    let done = line.done.position;
    const ranges = line.done.ranges();
    for (let at = 0; at + 1 < ranges.length; at += 2) {
      if ((ranges[at] ?? 0) < line.end) done = Math.max(done, Math.min(ranges[at + 1] ?? 0, line.end));
    }
    for (const row of open) {
      if (row === undefined || row.dirty) continue;
      if (row.facts.offset < done) this.#insert(row);
      else left(row);
    }
    line.done.add(line.done.position, done);
    line.end = line.done.position;
    line.unwritten = [];
    line.head = 0;
    this.#mark(line);
  }

  /** The record at this place is not dealt with here after all. */
  undone(place: Place): void {
    const line = this.#lineOf(place);
    line.done.remove(place.offset);
    this.#mark(line);
  }

  /** All before it is dealt with, or has a row from the next commit on. */
  positionOf(place: Pick<Place, "topic" | "partition">): number {
    return this.#lineOf(place).done.position;
  }

  /** A row came from the log. */
  arrived(row: Row): void {
    this.#lineOf(row.facts).unwritten.push(row);
  }

  /** The state of a row is no longer that of its record or of the journal's row. */
  row(row: Row, now: number): void {
    if (row.stored) {
      if (row.settled && this.#lineOf(row.facts).rereading) this.done(row.facts);
      if (row.dirty) return;
      row.dirty = true;
      this.#rows.push(row);
    } else if (row.settled) {
      // One that was about to get its row is done already; its place may by now be another log's.
      if (!row.dirty) this.done(row.facts);
    } else if (needsRow(row)) {
      this.#insert(row);
    } else if (row.state === "processing") {
      this.#claims.push({ row, claim: row.claim, at: now });
    }
  }

  /** The record at this place is dealt with, or has a row from the next commit on. */
  done(place: Place): void {
    const line = this.#lineOf(place);
    if (line.done.add(place.offset)) this.#mark(line);
  }

  remember(finished: Changes["finished"][number]): void {
    this.#finished.push(finished);
  }

  boot(boot: number): void {
    this.#boot = boot;
  }

  /** Who has a session, looked up when the commit is made. */
  workers(workers: () => readonly string[]): void {
    this.#workers = workers;
  }

  /** Claims that are open for a while get their row. */
  age(now: number): void {
    let aged = 0;
    for (const { row, claim, at } of this.#claims) {
      if (at > now - CLAIM_AGE_MS) break;
      aged += 1;
      if (row.claim === claim && row.state === "processing" && !row.stored && !row.settled) this.#insert(row);
    }
    if (aged > 0) this.#claims = this.#claims.slice(aged);
  }

  /** When `age` has something to do; Infinity when never. */
  get nextAge(): number {
    const [oldest] = this.#claims;
    return oldest === undefined
      ? Number.POSITIVE_INFINITY
      : Math.ceil((oldest.at + CLAIM_AGE_MS) / AGE_STEP_MS) * AGE_STEP_MS;
  }

  /**
   * Everything until now, as one commit; `written` is called for each row that the journal keeps. The journal's times are
   * the wall's, which is ahead by `lead`: after a restart there is no other.
   */
  take(lead: number, written: (row: Row) => void): Changes {
    for (const line of this.#lines.values()) this.#tidy(line);
    const updates: RowUpdate[] = [];
    const deletes: number[] = [];
    for (const row of this.#rows) {
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
    const inserts: StoredRow[] = [];
    for (const row of this.#inserts) {
      row.dirty = false;
      if (row.settled) continue;
      inserts.push(storedForm(row, lead));
      row.stored = true;
      written(row);
    }
    const partitions: PartitionState[] = [];
    for (const line of this.#lines.values()) {
      if (!line.changed) continue;
      line.changed = false;
      const { topic, partition, logId, done } = line;
      partitions.push({ topic, partition, logId, position: done.position, done: done.ranges() });
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
    this.#rows = [];
    this.#inserts = [];
    this.#moved = 0;
    this.#boot = undefined;
    this.#workers = undefined;
    this.#finished = [];
    return changes;
  }

  #insert(row: Row): void {
    if (row.dirty) return;
    row.dirty = true;
    this.#inserts.push(row);
    this.done(row.facts);
  }

  #mark(line: Line): void {
    line.changed = true;
    this.#moved += 1;
  }

  /** Forgets what needs no row any more; too many gaps are closed from below. */
  #tidy(line: Line): void {
    const { done } = line;
    // Above `end` nothing was read again yet after a start.
    while (done.gaps > MOST_GAPS && done.nextRange <= line.end) {
      const until = done.nextRange;
      forgetBelow(line, until, (row) => {
        if (!row.settled && !row.stored) this.#insert(row);
      });
      done.add(done.position, until);
    }
    forgetBelow(line, done.position, () => {});
    if (line.unwritten.length - line.head > 2 * (line.end - done.position - inRanges(done)) + SPARE_UNWRITTEN) {
      line.unwritten = line.unwritten.filter((row) => row !== undefined && !row.settled && !row.stored);
      line.head = 0;
    }
  }

  #lineOf({ topic, partition }: { readonly topic: string; readonly partition: number }): Line {
    const line = this.#lines.get(`${topic}\0${partition}`);
    if (line === undefined) throw new Error(`${topic}/${partition} was never assigned`);
    return line;
  }
}

function forgetBelow(line: Line, offset: number, forgotten: (row: Row) => void): void {
  const { unwritten } = line;
  for (let row = unwritten[line.head]; row !== undefined && row.facts.offset < offset; row = unwritten[line.head]) {
    unwritten[line.head] = undefined;
    line.head += 1;
    forgotten(row);
  }
  if (line.head > SPARE_UNWRITTEN && line.head * 2 > unwritten.length) {
    line.unwritten = unwritten.slice(line.head);
    line.head = 0;
  }
}

/** The log does not tell its state. */
function needsRow({ state, processingAttempts, facts }: Row): boolean {
  if (processingAttempts > 0) return true;
  return state === "processing" ? facts.atMostOnce : state !== "pending";
}

/** How many offsets lie in ranges above the position. */
function inRanges(done: Offsets): number {
  let count = 0;
  const ranges = done.ranges();
  for (let at = 0; at + 1 < ranges.length; at += 2) count += (ranges[at + 1] ?? 0) - (ranges[at] ?? 0);
  return count;
}
