import { failpoint } from "../../../base/failpoint.js";
import type { Connection } from "../../../base/sqlite/open.js";
import { COLUMN_COUNT, type FirstColumns, fromFirstColumns, idTag, TAG_UNIT, toColumns } from "./columns.js";
import { DamageError } from "./damage.js";
import { Meta } from "./meta.js";
import { Partitions } from "./partitions.js";

/** A newer taskwire wrote the file. */
class NewerFormatError extends Error {
  readonly code = "journal_newer";
}

/** Rows of format version 1 rewritten at a time. */
const SLICE = 500;
/** A greater version is damage, not a version of this format. */
const LARGEST_VERSION = 20;

/** Number n, counted from 0, makes version n + 1 of version n; the last one is what this code reads and writes. */
const MIGRATIONS: readonly ((db: Connection) => void)[] = [first, second, third, fourth, fifth];

const VERSION = MIGRATIONS.length;

/** Brings the file to the last version, all or nothing. Throws NewerFormatError, DamageError. */
export function migrate(db: Connection): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version > VERSION && version <= LARGEST_VERSION) {
    throw new NewerFormatError(
      `its format is version ${version}, but this taskwire supports versions up to ${VERSION}; start the taskwire that wrote it, or a newer one`,
    );
  }
  if (version > VERSION || version < 0) throw new DamageError(`its format version is ${version}`);
  if (version === 0 && db.prepare("SELECT count(*) FROM sqlite_master").pluck().get() !== 0) {
    throw new DamageError("it has tables, but no format version");
  }
  if (version < VERSION) {
    db.transaction(() => {
      for (const migration of MIGRATIONS.slice(version)) migration(db);
      db.pragma(`user_version = ${VERSION}`);
      failpoint("journal.migration");
    }).immediate();
  }
  const found = new Map(
    db.prepare<unknown[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master").all().map(textOf),
  );
  const wrong = SCHEMA.find((statement) => found.get(nameOf(statement)) !== statement);
  if (wrong !== undefined) throw new DamageError(`its table or index "${nameOf(wrong)}" is missing or differs`);
}

function textOf({ name, sql }: { readonly name: string; readonly sql: string }): [string, string] {
  return [name, sql];
}

/** SQLite stores the text of each statement: one that differs was damaged, even if it still parses. */
function nameOf(statement: string): string {
  return statement.split(" ")[2] ?? "";
}

const WORKERS = "CREATE TABLE workers (worker TEXT PRIMARY KEY) STRICT, WITHOUT ROWID";

/** state is a name of State; due 0 = at once; expires_at and claim_until are null for never and unknown. */
function first(db: Connection): void {
  db.exec(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ${WORKERS};
    CREATE TABLE partitions (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, log_id TEXT NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (topic, partition)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rows (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL, namespace TEXT NOT NULL, task TEXT NOT NULL, application TEXT NOT NULL,
      topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, received_at REAL NOT NULL,
      due REAL NOT NULL, expires_at REAL, deadline INTEGER NOT NULL, at_most_once INTEGER NOT NULL,
      dead_letter INTEGER NOT NULL, attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL, state TEXT NOT NULL,
      processing_attempts INTEGER NOT NULL, claim INTEGER NOT NULL, worker TEXT NOT NULL, claim_until REAL, ending TEXT,
      payload BLOB NOT NULL, crc INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX delayed ON rows (due, seq) WHERE state = 'delayed';
  `);
}

/**
 * rows: line and kind are hashes (columns.ts), so that the indexes stay small and each row is complete by itself.
 * places leads to live rows and to the lowest offset of a partition, counted to the counts; neither reads a payload.
 * partitions: done is JSON of PartitionState.done, reread_until as in RebuiltPartition, 0 = not read again, null = Infinity.
 */
const SECOND: readonly string[] = [
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  `CREATE TABLE partitions (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, log_id TEXT NOT NULL, position INTEGER NOT NULL, done TEXT NOT NULL,
    reread_until REAL, crc INTEGER NOT NULL, PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE finished (
    number INTEGER PRIMARY KEY, until REAL NOT NULL, count INTEGER NOT NULL, crc INTEGER NOT NULL, entries BLOB NOT NULL
  ) STRICT`,
  `CREATE TABLE rows (
    seq INTEGER PRIMARY KEY, crc INTEGER NOT NULL, mark INTEGER NOT NULL, line INTEGER NOT NULL, kind INTEGER NOT NULL,
    state TEXT NOT NULL, processing_attempts INTEGER NOT NULL, claim INTEGER NOT NULL, worker TEXT NOT NULL,
    claim_until REAL, ending TEXT, id TEXT NOT NULL, namespace TEXT NOT NULL, task TEXT NOT NULL,
    application TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    received_at REAL NOT NULL, due REAL NOT NULL, expires_at REAL, deadline INTEGER NOT NULL,
    at_most_once INTEGER NOT NULL, dead_letter INTEGER NOT NULL, attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL, remembered INTEGER NOT NULL, payload BLOB NOT NULL
  ) STRICT`,
  `CREATE INDEX places ON rows (line, "offset", state)`,
  "CREATE INDEX delayed ON rows (due, seq) WHERE state = 'delayed'",
  "CREATE INDEX counted ON rows (state, kind, received_at) WHERE state IN ('delayed', 'parked')",
  "CREATE INDEX parked ON rows (application, namespace, task, seq) WHERE state = 'parked'",
];

/**
 * Leads to a delayed or parked row by the tag of its id (columns.ts); no id and no payload is read. Tags are random: inserts
 * all over a large index would cost half as much as the rows themselves, so that the tags of every 4,096 rows have a part of
 * the index, and a search looks into each part.
 */
const IDS = "CREATE INDEX ids ON rows (seq / 4096, crc / 4294967296) WHERE state IN ('delayed', 'parked')";

/** The ids of delayed and parked rows that are remembered: a second copy is dropped while only the file has the first. */
const AWAY = "CREATE INDEX away ON rows (seq / 4096, id) WHERE remembered = 1 AND state IN ('delayed', 'parked')";

/** Tables and indexes of the last version. */
const SCHEMA: readonly string[] = [WORKERS, ...SECOND, IDS, AWAY];

function second(db: Connection): void {
  const away = ["rows", "meta", "partitions"].map((table) => `ALTER TABLE ${table} RENAME TO first_${table}`);
  for (const statement of [...away, "DROP INDEX delayed", ...SECOND]) {
    db.exec(statement);
    failpoint("journal.migration");
  }
  const meta = new Meta(db);
  for (const { key, value } of db.prepare<unknown[], { key: string; value: string }>("SELECT * FROM first_meta").all())
    meta.set(key, value);
  const partitions = new Partitions(db);
  const states = db.prepare<unknown[], { topic: string; partition: number; logId: string; position: number }>(
    "SELECT topic, partition, log_id AS logId, position FROM first_partitions",
  );
  for (const state of states.all()) partitions.write({ ...state, done: [] });
  failpoint("journal.migration");
  const slice = db.prepare<unknown[], FirstColumns>("SELECT * FROM first_rows WHERE seq > ? ORDER BY seq LIMIT ?");
  const insert = db.prepare(`INSERT INTO rows VALUES (${Array(COLUMN_COUNT).fill("?").join(", ")})`);
  for (let rows = slice.all(-1, SLICE); rows.length > 0; rows = slice.all(rows.at(-1)?.seq, SLICE)) {
    for (const row of rows) insert.run(...toColumns(fromFirstColumns(row)));
    failpoint("journal.migration");
  }
  for (const table of ["first_rows", "first_meta", "first_partitions"]) {
    db.exec(`DROP TABLE ${table}`);
    failpoint("journal.migration");
  }
}

function third(db: Connection): void {
  db.exec("CREATE INDEX away ON rows (id) WHERE remembered = 1 AND state IN ('delayed', 'parked')");
}

function fourth(db: Connection): void {
  db.exec("DROP INDEX away");
  failpoint("journal.migration");
  db.exec("CREATE INDEX ids ON rows (remembered, seq / 4096, id) WHERE state IN ('delayed', 'parked')");
}

/** Rows that an earlier step wrote again have their tag. */
function fifth(db: Connection): void {
  db.exec("DROP INDEX ids");
  failpoint("journal.migration");
  db.function("id_tag", { deterministic: true }, (id) => idTag(String(id)));
  db.exec(`UPDATE rows SET crc = crc + id_tag(id) * ${TAG_UNIT} WHERE crc < ${TAG_UNIT}`);
  failpoint("journal.migration");
  for (const statement of [IDS, AWAY]) {
    db.exec(statement);
    failpoint("journal.migration");
  }
}
