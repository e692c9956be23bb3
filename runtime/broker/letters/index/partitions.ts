import type { Connection, Statement } from "../../../base/sqlite/open.js";

/** How far the index has read one partition. */
export interface Progress {
  readonly topic: string;
  readonly partition: number;
  /** Lowest offset that the log keeps. */
  readonly first: number;
  /** The next offset to read. */
  readonly next: number;
  /** The offset that the next appended record gets, as of the last read. */
  readonly end: number;
  /** When it was read last, milliseconds. */
  readonly fedAt: number;
}

interface Columns extends Omit<Progress, "fedAt"> {
  readonly fed_at: number;
}

/** The positions of the index. */
export class Positions {
  readonly #all: Statement<Columns>;
  readonly #set: Statement;
  readonly #forget: Statement;

  constructor(db: Connection) {
    this.#all = db.prepare("SELECT topic, partition, first, next, end, fed_at FROM partitions");
    this.#set = db.prepare(
      `INSERT INTO partitions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET first = excluded.first, next = excluded.next, end = excluded.end, fed_at = excluded.fed_at`,
    );
    this.#forget = db.prepare("DELETE FROM partitions WHERE topic = ?");
  }

  all(): Progress[] {
    return this.#all.all().map(({ fed_at: fedAt, ...rest }) => ({ ...rest, fedAt }));
  }

  set({ topic, partition, first, next, end, fedAt }: Progress): void {
    this.#set.run(topic, partition, first, next, end, fedAt);
  }

  forget(topic: string): void {
    this.#forget.run(topic);
  }
}
