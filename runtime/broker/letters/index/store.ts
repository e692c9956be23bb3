import { failpoint } from "../../../base/failpoint.js";
import type { Connection } from "../../../base/sqlite/open.js";
import type { LetterState } from "../../../operations/documents/letter.js";
import type { Letter } from "../records/letter.js";
import type { Marker } from "../records/marker.js";
import type { Standing } from "../records/standing.js";
import { type Counted, Counting } from "./counting.js";
import { type Grouped, Grouping } from "./grouping.js";
import type { IndexLimits } from "./limits.js";
import { type Older, OlderLetters } from "./older.js";
import { Positions, type Progress } from "./partitions.js";
import type { LetterQuery } from "./query.js";
import { LetterRows, type Listed, type ListPosition, positionOf, type Unscrubbed } from "./rows.js";
import { openIndex } from "./schema.js";

/** Records of one partition, parsed, up to `next`. */
interface Fed extends Progress {
  readonly letters: readonly Letter[];
  readonly markers: readonly Marker[];
  /** The log can empty the bytes of a purged letter. */
  readonly scrubs: boolean;
}

export interface Page {
  readonly rows: readonly Listed[];
  /** Where the next page begins; undefined: nothing is left. */
  readonly next: ListPosition | undefined;
  readonly lookedAt: number;
  /** It ended because it had looked at many. */
  readonly ended: boolean;
}

export interface Summary {
  readonly counts: Readonly<Record<LetterState, number>>;
  readonly older: readonly Older[];
  readonly progress: readonly Progress[];
}

/** Where to group on; undefined: all are grouped. */
export interface GroupedPart extends Grouped {
  readonly next: ListPosition | undefined;
}

/** Letters that one call of list looks at. */
const MOST_LOOKED_AT = 100_000;
/** Characters of a page as JSON, from which on nothing is added. */
const LONGEST_PAGE = 1024 * 1024;
/** Letters that leave the index at once when it is full, at least. */
const EVICTED = 256;
const TRIMMED = 2048;

/** The index of a pool's dead letters. It is a cache: everything in it can be read from the log again. */
export class LetterStore {
  readonly #db: Connection;
  readonly #limits: IndexLimits;
  readonly #rows: LetterRows;
  readonly #positions: Positions;
  readonly #older: OlderLetters;

  /** Throws StaleIndexError, and SQLite's errors. */
  constructor(file: string, limits: IndexLimits) {
    this.#db = openIndex(file);
    this.#limits = limits;
    this.#rows = new LetterRows(this.#db);
    this.#positions = new Positions(this.#db);
    this.#older = new OlderLetters(this.#db);
  }

  /** Adds records, and lets go what the log has deleted and what is beyond the limits. Feeding records again changes nothing. */
  feed({ letters, markers, scrubs, ...progress }: Fed): void {
    const { topic, partition, first } = progress;
    this.#transaction(() => {
      for (const letter of letters) this.#rows.letter(letter, scrubs);
      for (const marker of markers) this.#rows.marker(marker, scrubs);
      while (this.#rows.trim(topic, partition, first, TRIMMED));
      this.#older.trim(topic, partition, first);
      this.#positions.set(progress);
      failpoint("letters.index-fed");
    });
    this.#bound();
  }

  /** Letters that match, behind `after`. */
  list(
    { after, order, limit }: Pick<LetterQuery, "after" | "order" | "limit">,
    matches: (listed: Listed) => boolean,
    lookAt: number = MOST_LOOKED_AT,
  ): Page {
    const rows: Listed[] = [];
    let lookedAt = 0;
    let length = 0;
    let last: ListPosition | undefined;
    for (const listed of this.#rows.behind(after, order)) {
      const full = rows.length === limit || length >= LONGEST_PAGE;
      if (full || lookedAt === lookAt) return { rows, next: last, lookedAt, ended: !full };
      lookedAt += 1;
      last = positionOf(listed);
      if (!matches(listed)) continue;
      rows.push(listed);
      length += listed.length;
    }
    return { rows, next: undefined, lookedAt, ended: false };
  }

  /** Counts the letters that match, behind `after`. `mayHaveStarted`: as in Counting.add. */
  count(after: ListPosition | undefined, matches: (listed: Listed) => boolean, mayHaveStarted?: boolean): Counted {
    const counting = new Counting();
    let lookedAt = 0;
    let last: ListPosition | undefined;
    for (const listed of this.#rows.behind(after, "oldest")) {
      if (lookedAt === MOST_LOOKED_AT) return { ...counting.result(), next: last };
      lookedAt += 1;
      last = positionOf(listed);
      if (matches(listed)) counting.add(listed, mayHaveStarted);
    }
    return { ...counting.result(), next: undefined };
  }

  /** The groups of the letters that match, behind `after`. */
  groups(after: ListPosition | undefined, matches: (listed: Listed) => boolean): GroupedPart {
    const grouping = new Grouping();
    let lookedAt = 0;
    let last: ListPosition | undefined;
    for (const listed of this.#rows.behind(after, "oldest")) {
      if (lookedAt === MOST_LOOKED_AT) return { ...grouping.result(), next: last };
      lookedAt += 1;
      last = positionOf(listed);
      if (matches(listed)) grouping.add(listed.letter);
    }
    return { ...grouping.result(), next: undefined };
  }

  standings(topic: string, identities: readonly string[]): Standing[] {
    return identities.map((identity) => this.#rows.standing(topic, identity));
  }

  summary(): Summary {
    return { counts: { ...this.#rows.counts }, older: this.#older.all(), progress: this.#positions.all() };
  }

  last(topic: string, partition: number): Letter | undefined {
    return this.#rows.last(topic, partition);
  }

  unscrubbed(topic: string, limit: number): Unscrubbed {
    return this.#rows.unscrubbed(topic, limit);
  }

  scrubbed(letters: readonly Letter[]): void {
    this.#transaction(() => this.#rows.scrubbed(letters));
  }

  /** The topic is read from its start again. */
  forget(topic: string): void {
    this.#transaction(() => {
      this.#rows.forget(this.#db, topic);
      this.#positions.forget(topic);
      this.#older.forget(topic);
    });
  }

  close(): void {
    this.#db.close();
  }

  /** In transactions of their own, so that one never grows large. */
  #bound(): void {
    while (this.#rows.letters > this.#limits.letters || this.#bytes() > this.#limits.bytes) {
      if (this.#rows.letters === 0 && this.#rows.markersAlone === 0) return;
      this.#transaction(() => {
        this.#rows.evict(EVICTED, (letter, marker) => {
          if (marker === undefined) this.#older.add(letter);
        });
        if (this.#rows.letters === 0) this.#rows.evictMarkers(EVICTED);
      });
    }
    const spare = this.#rows.markersAlone - this.#limits.letters;
    if (spare > 0) this.#rows.evictMarkers(spare + EVICTED);
  }

  #bytes(): number {
    const value = (name: string) => Number(this.#db.pragma(name, { simple: true }));
    return (value("page_count") - value("freelist_count")) * value("page_size");
  }

  /** What is counted in memory is as before when it fails. */
  #transaction(run: () => void): void {
    const putBack = this.#rows.keepCounts();
    try {
      this.#db.transaction(run)();
    } catch (error) {
      putBack();
      throw error;
    }
  }
}
