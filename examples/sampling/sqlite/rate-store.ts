import type { Database } from "better-sqlite3";
import type { RateStore } from "taskwire/sampling";

const TABLES = `
  CREATE TABLE IF NOT EXISTS rate_values (key TEXT PRIMARY KEY, value TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS rate_values_until ON rate_values (until);
  CREATE TABLE IF NOT EXISTS rate_hashes (key TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS rate_hashes_until ON rate_hashes (until);
  CREATE TABLE IF NOT EXISTS rate_fields (
    key TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key, field)
  ) STRICT, WITHOUT ROWID;
`;

/** Expired values, and expired hashes, that each write removes beside its own work: so the file does not grow for ever. */
const REMOVED_AT_ONCE = 100;

interface Value {
  readonly value: string;
}

/** Rates in SQLite. Several processes may write at once; a write is on disk when its call returns. */
export class SqliteRateStore implements RateStore {
  readonly #database: Database;
  readonly #now: () => number;

  /** `now`: milliseconds since the epoch. */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    database.exec(TABLES);
  }

  get(key: string): string | null {
    const row = this.#database
      .prepare<[string, number], Value>("SELECT value FROM rate_values WHERE key = ? AND until > ?")
      .get(key, this.#now());
    return row?.value ?? null;
  }

  set(key: string, value: string, life: number): void {
    this.#write(() => {
      this.#database
        .prepare<[string, string, number]>("INSERT OR REPLACE INTO rate_values VALUES (?, ?, ?)")
        .run(key, value, this.#now() + life);
    });
  }

  delete(key: string): void {
    this.#write(() => {
      this.#database.prepare<[string]>("DELETE FROM rate_values WHERE key = ?").run(key);
      this.#drop(key);
    });
  }

  getHash(key: string): ReadonlyMap<string, string> {
    const rows = this.#database
      .prepare<[string, number], Value & { readonly field: string }>(
        "SELECT field, value FROM rate_fields WHERE key = ? AND EXISTS (SELECT 1 FROM rate_hashes AS h WHERE h.key = rate_fields.key AND h.until > ?) ORDER BY field",
      )
      .all(key, this.#now());
    return new Map(rows.map(({ field, value }) => [field, value]));
  }

  getHashField(key: string, field: string): string | null {
    const row = this.#database
      .prepare<[string, string, number], Value>(
        "SELECT value FROM rate_fields WHERE key = ? AND field = ? AND EXISTS (SELECT 1 FROM rate_hashes AS h WHERE h.key = rate_fields.key AND h.until > ?)",
      )
      .get(key, field, this.#now());
    return row?.value ?? null;
  }

  setHash(key: string, fields: ReadonlyMap<string, string>, life: number): void {
    const store = this.#database.prepare<[string, string, string]>(
      "INSERT OR REPLACE INTO rate_fields VALUES (?, ?, ?)",
    );
    this.#write(() => {
      const now = this.#now();
      const live = this.#database
        .prepare<[string, number]>("SELECT 1 FROM rate_hashes WHERE key = ? AND until > ?")
        .get(key, now);
      if (live === undefined) this.#drop(key);
      this.#database.prepare<[string, number]>("INSERT OR REPLACE INTO rate_hashes VALUES (?, ?)").run(key, now + life);
      for (const [field, value] of fields) store.run(key, field, value);
    });
  }

  #drop(hash: string): void {
    this.#database.prepare<[string]>("DELETE FROM rate_fields WHERE key = ?").run(hash);
    this.#database.prepare<[string]>("DELETE FROM rate_hashes WHERE key = ?").run(hash);
  }

  /** BEGIN IMMEDIATE: the write lock is taken before anything is read, so that two writers wait instead of failing. */
  #write(run: () => void): void {
    const write = this.#database.transaction(() => {
      run();
      this.#removeExpired();
    });
    write.immediate();
  }

  #removeExpired(): void {
    const now = this.#now();
    this.#database
      .prepare<[number, number]>(
        "DELETE FROM rate_values WHERE key IN (SELECT key FROM rate_values WHERE until <= ? LIMIT ?)",
      )
      .run(now, REMOVED_AT_ONCE);
    const hashes = this.#database
      .prepare<[number, number], { readonly key: string }>("SELECT key FROM rate_hashes WHERE until <= ? LIMIT ?")
      .all(now, REMOVED_AT_ONCE);
    for (const { key } of hashes) this.#drop(key);
  }
}
