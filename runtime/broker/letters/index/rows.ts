import { hash64 } from "../../../base/ids.js";
import type { Connection, Statement } from "../../../base/sqlite/open.js";
import type { LetterState } from "../../../operations/documents/letter.js";
import type { Place } from "../../../operations/letter-place.js";
import type { Letter } from "../records/letter.js";
import type { Marker } from "../records/marker.js";
import { type Standing, stateOf, withLetter, withMarker } from "../records/standing.js";
import { packLetter, packMarker, unpackLetter, unpackMarker } from "./packed.js";

/** A row as it is listed: a letter with its state. */
export interface Listed {
  readonly letter: Letter;
  readonly marker: Marker | undefined;
  /** Characters of its columns as JSON. */
  readonly length: number;
}

/** Purged letters whose bytes have to be emptied, and where these are. */
export interface Unscrubbed {
  readonly letters: readonly Letter[];
  readonly places: readonly Place[];
}

/** The position of a listed letter in the order of a list. */
export interface ListPosition {
  readonly ended: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export function positionOf({ letter: { at, topic, partition, offset } }: Listed): ListPosition {
  return { ended: at, topic, partition, offset };
}

interface Columns {
  readonly rowid: number;
  readonly topic: string;
  readonly state: number;
  readonly ended: number | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly letter: string | null;
  readonly marker_partition: number | null;
  readonly marker_offset: number | null;
  readonly marker: string | null;
}

const STATES: readonly LetterState[] = ["open", "replayed", "purged"];
const COLUMNS = "rowid, topic, state, ended, partition, offset, letter, marker_partition, marker_offset, marker";
const STARTS: Readonly<Record<"newest" | "oldest", ListPosition>> = {
  newest: { ended: Number.MAX_SAFE_INTEGER, topic: "", partition: 0, offset: 0 },
  oldest: { ended: -1, topic: "", partition: 0, offset: 0 },
};
const NOTHING: Standing = { letter: undefined, marker: undefined };

/** The rows of letters, and how many letters are in each state. */
export class LetterRows {
  readonly counts: Record<LetterState, number> = { open: 0, replayed: 0, purged: 0 };
  /** Rows with a marker alone. */
  markersAlone = 0;
  readonly #find: Statement<Columns>;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #pages: Readonly<Record<"newest" | "oldest", Statement<Columns>>>;
  readonly #oldest: Statement<Columns>;
  readonly #below: Statement<Columns>;
  readonly #markersBelow: Statement;
  readonly #oldestMarkers: Statement;
  readonly #ofTopic: Statement;
  readonly #last: Statement<Columns>;
  readonly #scrubs: Statement<Columns>;
  readonly #scrubbed: Statement;
  readonly #addCopy: Statement;
  readonly #copies: Statement<Place>;
  readonly #trimCopies: Statement;
  readonly #forgetCopies: Statement;

  constructor(db: Connection) {
    const row =
      "letters(hash, topic, state, ended, partition, offset, letter, marker_partition, marker_offset, marker, scrub)";
    const known = "FROM letters WHERE ended IS NOT NULL";
    this.#find = db.prepare(`SELECT ${COLUMNS} FROM letters WHERE hash = ?`);
    this.#insert = db.prepare(`INSERT INTO ${row} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#update = db.prepare(
      `UPDATE letters SET state = ?, ended = ?, partition = ?, offset = ?, letter = ?, marker_partition = ?,
         marker_offset = ?, marker = ?, scrub = ? WHERE rowid = ?`,
    );
    this.#delete = db.prepare("DELETE FROM letters WHERE rowid = ?");
    const page = (compare: string, way: string) =>
      db.prepare<unknown[], Columns>(
        `SELECT ${COLUMNS} ${known} AND (ended, topic, partition, offset) ${compare} (?, ?, ?, ?)
           ORDER BY ended ${way}, topic ${way}, partition ${way}, offset ${way}`,
      );
    this.#pages = { newest: page("<", "DESC"), oldest: page(">", "ASC") };
    this.#oldest = db.prepare(`SELECT ${COLUMNS} ${known} ORDER BY ended, topic, partition, offset LIMIT ?`);
    this.#below = db.prepare(`SELECT ${COLUMNS} ${known} AND topic = ? AND partition = ? AND offset < ? LIMIT ?`);
    const alone = "DELETE FROM letters WHERE ended IS NULL";
    this.#markersBelow = db.prepare(`${alone} AND topic = ? AND marker_partition = ? AND marker_offset < ?`);
    this.#oldestMarkers = db.prepare(
      "DELETE FROM letters WHERE rowid IN (SELECT rowid FROM letters WHERE ended IS NULL ORDER BY rowid LIMIT ?)",
    );
    this.#ofTopic = db.prepare("DELETE FROM letters WHERE topic = ?");
    this.#last = db.prepare(`SELECT ${COLUMNS} ${known} AND topic = ? AND partition = ? ORDER BY offset DESC LIMIT 1`);
    this.#scrubs = db.prepare(`SELECT ${COLUMNS} FROM letters WHERE scrub = 1 AND topic = ? LIMIT ?`);
    this.#scrubbed = db.prepare("UPDATE letters SET scrub = 0 WHERE hash = ?");
    this.#addCopy = db.prepare("INSERT OR IGNORE INTO copies VALUES (?, ?, ?, ?)");
    this.#copies = db.prepare("SELECT topic, partition, offset FROM copies WHERE hash = ?");
    this.#trimCopies = db.prepare("DELETE FROM copies WHERE topic = ? AND partition = ? AND offset < ?");
    this.#forgetCopies = db.prepare("DELETE FROM copies WHERE topic = ?");
    this.#count(db);
  }

  get letters(): number {
    return this.counts.open + this.counts.replayed + this.counts.purged;
  }

  standing(topic: string, identity: string): Standing {
    const row = this.#find.get(hashOf(topic, identity));
    return row === undefined ? NOTHING : standingOf(row);
  }

  /** Adds a letter. `scrubs`: the log can empty the bytes of a purged one. */
  letter(letter: Letter, scrubs: boolean): void {
    this.#change(letter, scrubs, letter, (standing) => withLetter(standing, letter));
  }

  marker(marker: Marker, scrubs: boolean): void {
    this.#change(marker, scrubs, undefined, (standing) => withMarker(standing, marker));
  }

  /** Letters behind a position, or all. */
  *behind(after: ListPosition | undefined, order: "newest" | "oldest"): Generator<Listed> {
    const { ended, topic, partition, offset } = after ?? STARTS[order];
    for (const row of this.#pages[order].iterate(ended, topic, partition, offset)) {
      const { letter, marker } = standingOf(row);
      const length = (row.letter?.length ?? 0) + (row.marker?.length ?? 0);
      if (letter !== undefined) yield { letter, marker, length };
    }
  }

  /** The letter of a partition with the highest offset. */
  last(topic: string, partition: number): Letter | undefined {
    const row = this.#last.get(topic, partition);
    return row === undefined ? undefined : standingOf(row).letter;
  }

  /** Purged letters whose bytes are still in the log, with the places of all their copies. */
  unscrubbed(topic: string, limit: number): Unscrubbed {
    const letters = this.#scrubs.all(topic, limit).flatMap((row) => standingOf(row).letter ?? []);
    const copies = letters.flatMap(({ identity }) => this.#copies.all(hashOf(topic, identity)));
    return { letters, places: [...letters, ...copies].map(({ partition, offset }) => ({ topic, partition, offset })) };
  }

  scrubbed(letters: readonly Letter[]): void {
    for (const { topic, identity } of letters) this.#scrubbed.run(hashOf(topic, identity));
  }

  /** Removes the oldest letters; `removed` gets each. */
  evict(count: number, removed: (letter: Letter, marker: Marker | undefined) => void): void {
    this.#remove(this.#oldest.all(count), removed);
  }

  evictMarkers(count: number): void {
    this.markersAlone -= this.#oldestMarkers.run(count).changes;
  }

  /** Removes letters and markers that the log has deleted: those below `first`. True: there may be more. */
  trim(topic: string, partition: number, first: number, limit: number): boolean {
    const rows = this.#below.all(topic, partition, first, limit);
    this.#remove(rows, () => {});
    this.markersAlone -= this.#markersBelow.run(topic, partition, first).changes;
    this.#trimCopies.run(topic, partition, first);
    return rows.length === limit;
  }

  forget(db: Connection, topic: string): void {
    this.#ofTopic.run(topic);
    this.#forgetCopies.run(topic);
    this.#count(db);
  }

  #change(
    { topic, identity }: { readonly topic: string; readonly identity: string },
    scrubs: boolean,
    added: Letter | undefined,
    change: (standing: Standing) => Standing,
  ): void {
    const hash = hashOf(topic, identity);
    const row = this.#find.get(hash);
    const before = row === undefined ? NOTHING : standingOf(row);
    const { letter, marker } = change(before);
    for (const copy of [before.letter, added]) {
      if (copy !== undefined && letter !== undefined && !isSame(copy, letter))
        this.#addCopy.run(topic, copy.partition, copy.offset, hash);
    }
    const state = stateOf({ letter, marker });
    this.#tally(before, -1);
    this.#tally({ letter, marker }, 1);
    const columns = [
      STATES.indexOf(state),
      ...(letter === undefined
        ? [null, null, null, null]
        : [letter.at, letter.partition, letter.offset, packLetter(letter)]),
      ...(marker === undefined ? [null, null, null] : [marker.partition, marker.offset, packMarker(marker)]),
      scrubs && state === "purged" && letter !== undefined && letter.size > 0 ? 1 : 0,
    ];
    if (row === undefined) this.#insert.run(hash, topic, ...columns);
    else this.#update.run(...columns, row.rowid);
  }

  /** A marker outlives its letter: a further copy of the letter may follow. */
  #remove(rows: readonly Columns[], removed: (letter: Letter, marker: Marker | undefined) => void): void {
    for (const row of rows) {
      const standing = standingOf(row);
      const { letter, marker } = standing;
      this.#tally(standing, -1);
      if (letter !== undefined) removed(letter, marker);
      if (marker === undefined) this.#delete.run(row.rowid);
      else {
        this.#tally({ letter: undefined, marker }, 1);
        const { partition, offset } = marker;
        const columns = [row.state, null, null, null, null, partition, offset, packMarker(marker), 0];
        this.#update.run(...columns, row.rowid);
      }
    }
  }

  #tally(standing: Standing, by: number): void {
    if (standing.letter !== undefined) this.counts[stateOf(standing)] += by;
    else if (standing.marker !== undefined) this.markersAlone += by;
  }

  /** Returns what sets the counts to what they are now. */
  keepCounts(): () => void {
    const { markersAlone } = this;
    const counts = { ...this.counts };
    return () => {
      Object.assign(this.counts, counts);
      this.markersAlone = markersAlone;
    };
  }

  #count(db: Connection): void {
    const count = (where: string) => Number(db.prepare(`SELECT count(*) FROM letters WHERE ${where}`).pluck().get());
    for (const [at, state] of STATES.entries()) this.counts[state] = count(`ended IS NOT NULL AND state = ${at}`);
    this.markersAlone = count("ended IS NULL");
  }
}

/** Signed, as SQLite's integers are. */
function hashOf(topic: string, identity: string): bigint {
  return BigInt.asIntN(64, hash64(`${topic}\n${identity}`));
}

function isSame(one: Place, other: Place): boolean {
  return one.partition === other.partition && one.offset === other.offset;
}

function standingOf(row: Columns): Standing {
  const { topic, letter, partition, offset, marker, marker_partition, marker_offset } = row;
  return {
    letter:
      letter === null || partition === null || offset === null
        ? undefined
        : unpackLetter(topic, partition, offset, letter),
    marker:
      marker === null || marker_partition === null || marker_offset === null
        ? undefined
        : unpackMarker(topic, marker_partition, marker_offset, marker),
  };
}
