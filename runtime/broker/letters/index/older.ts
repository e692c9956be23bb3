import type { Connection, Statement } from "../../../base/sqlite/open.js";
import type { Letter } from "../records/letter.js";

/** Open letters that the index has let go, of one task and reason. */
export interface Older {
  readonly task: string;
  readonly reason: string;
  readonly count: number;
}

/** Pairs of task and reason that are counted one by one; the rest is counted together, under empty names. */
const MOST_PAIRS = 1000;

/** Counts of open letters that are older than the index reaches. A later marker of one of them does not lower its count. */
export class OlderLetters {
  readonly #add: Statement;
  readonly #pairs: Statement<{ count: number }>;
  readonly #known: Statement;
  readonly #all: Statement<Older>;
  readonly #trim: Statement;
  readonly #forget: Statement;

  constructor(db: Connection) {
    this.#add = db.prepare(
      `INSERT INTO older VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE
         SET count = count + 1, upto = max(upto, excluded.upto)`,
    );
    this.#pairs = db.prepare("SELECT count(*) AS count FROM older");
    this.#known = db.prepare("SELECT 1 FROM older WHERE topic = ? AND partition = ? AND task = ? AND reason = ?");
    this.#all = db.prepare(
      "SELECT task, reason, sum(count) AS count FROM older GROUP BY task, reason ORDER BY count DESC, task, reason",
    );
    this.#trim = db.prepare("DELETE FROM older WHERE topic = ? AND partition = ? AND upto < ?");
    this.#forget = db.prepare("DELETE FROM older WHERE topic = ?");
  }

  all(): Older[] {
    return this.#all.all();
  }

  add({ topic, partition, task, reason, offset }: Letter): void {
    const full = (this.#pairs.get()?.count ?? 0) >= MOST_PAIRS;
    const named = !full || this.#known.get(topic, partition, task, reason) !== undefined;
    this.#add.run(topic, partition, named ? task : "", named ? reason : "", offset);
  }

  /** The log has deleted everything below `first`. */
  trim(topic: string, partition: number, first: number): void {
    this.#trim.run(topic, partition, first);
  }

  forget(topic: string): void {
    this.#forget.run(topic);
  }
}
