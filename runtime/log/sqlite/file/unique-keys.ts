import type { Connection, Statement } from "../../../base/sqlite/open.js";
import { UNIQUE_KEY_MS } from "../../unique-keys.js";

interface FirstPosition {
  readonly topic: string;
  readonly offset: number;
}

const PRUNE_EVERY_MS = 60_000;
const PRUNE_ROWS = 5000;

/** The unique keys of the file, across its topics. All methods run inside the transaction of the append. */
export class UniqueKeys {
  readonly #find: Statement;
  readonly #store: Statement;
  readonly #prune: Statement;
  #pruned = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection) {
    this.#find = connection.prepare("SELECT topic, offset FROM unique_keys WHERE key = ? AND at > ?");
    this.#store = connection.prepare("INSERT OR REPLACE INTO unique_keys (key, topic, offset, at) VALUES (?, ?, ?, ?)");
    this.#prune = connection.prepare(
      "DELETE FROM unique_keys WHERE key IN (SELECT key FROM unique_keys WHERE at <= ? ORDER BY at LIMIT ?)",
    );
  }

  find(key: string, now: number): FirstPosition | undefined {
    return this.#find.get(key, now - UNIQUE_KEY_MS) as FirstPosition | undefined;
  }

  store(key: string, { topic, offset }: FirstPosition, now: number): void {
    this.#store.run(key, topic, offset, Math.floor(now));
    if (now - this.#pruned < PRUNE_EVERY_MS) return;
    this.#pruned = now;
    this.#prune.run(now - UNIQUE_KEY_MS, PRUNE_ROWS);
  }
}
