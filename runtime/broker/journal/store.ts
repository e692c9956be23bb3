import { randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import Database from "better-sqlite3";
import type { Changes, Cursor, Recovered, RowUpdate, StoredCount } from "../inflight/events.js";
import type { Ending, State, StoredRow } from "../inflight/row.js";
import type { LowestOffset, Unpark } from "./messages.js";

const VERSION = 1;

/** state is a name of State; due 0 = at once; expires_at and claim_until are null for never and unknown. */
const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE workers (worker TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE partitions (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, log_id TEXT NOT NULL, position INTEGER NOT NULL,
    done TEXT NOT NULL,
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
`;

interface RowColumns {
  seq: number;
  id: string;
  namespace: string;
  task: string;
  application: string;
  topic: string;
  partition: number;
  offset: number;
  received_at: number;
  due: number;
  expires_at: number | null;
  deadline: number;
  at_most_once: number;
  dead_letter: number;
  attempts: number;
  max_attempts: number;
  state: State;
  processing_attempts: number;
  claim: number;
  worker: string;
  claim_until: number | null;
  ending: string | null;
  payload: Buffer;
  crc: number;
}

/** A row whose checksum does not hold. */
export class DamagedRowError extends Error {
  readonly code = "journal_damaged";
}

/** The in-flight file of a pool: one connection, held exclusively, synchronous=FULL. Runs in the journal's thread. */
export class Store {
  readonly uuid: string;
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;
  readonly #update: Database.Statement;
  readonly #delete: Database.Statement;
  readonly #partition: Database.Statement;
  readonly #meta: Database.Statement;
  readonly #load: Database.Statement<unknown[], RowColumns>;
  readonly #unpark: Database.Statement<unknown[], RowColumns>;
  readonly #nextDue: Database.Statement<unknown[], number>;
  readonly #lowest: Database.Statement<unknown[], LowestOffset>;
  readonly #partitions: Database.Statement<unknown[], { topic: string; partition: number }>;

  /** Throws the error of SQLite: SQLITE_BUSY when another broker holds the file. */
  constructor(file: string) {
    this.#db = new Database(file, { timeout: 500 });
    const db = this.#db;
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.exec("BEGIN IMMEDIATE; COMMIT");
    const check = db.pragma("quick_check", { simple: true });
    if (check !== "ok") throw new DamagedRowError(`quick_check says: ${String(check)}`);
    this.#migrate();
    this.#meta = db.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    this.#insert = db.prepare(`INSERT INTO rows VALUES (${Array(24).fill("?").join(", ")})`);
    this.#update = db.prepare(
      "UPDATE rows SET state = ?, processing_attempts = ?, claim = ?, worker = ?, claim_until = ?, ending = ? WHERE seq = ?",
    );
    this.#delete = db.prepare("DELETE FROM rows WHERE seq = ?");
    this.#partition = db.prepare(
      "INSERT INTO partitions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET log_id = excluded.log_id, position = excluded.position, done = excluded.done",
    );
    this.#load = db.prepare(
      "SELECT * FROM rows WHERE state = 'delayed' AND (due, seq) > (?, ?) AND due <= ? ORDER BY due, seq LIMIT ?",
    );
    this.#nextDue = db
      .prepare<unknown[], number>(
        "SELECT due FROM rows WHERE state = 'delayed' AND (due, seq) > (?, ?) ORDER BY due, seq LIMIT 1",
      )
      .pluck();
    this.#unpark = db.prepare(
      `SELECT * FROM rows WHERE state = 'parked' AND application = ? AND namespace = ?
       AND task IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
    );
    this.#partitions = db.prepare("SELECT topic, partition FROM partitions");
    this.#lowest = db.prepare(
      `SELECT topic, partition, "offset" FROM rows WHERE topic = ? AND partition = ? ORDER BY seq LIMIT 1`,
    );
    this.uuid = this.#metaOf("uuid") ?? randomUUID();
    this.#meta.run("uuid", this.uuid);
  }

  recover(): Omit<Recovered, "kind"> {
    const db = this.#db;
    const boot = Number(this.#metaOf("boot") ?? 0) + 1;
    this.#meta.run("boot", String(boot));
    const rows = db
      .prepare<unknown[], RowColumns>("SELECT * FROM rows WHERE state NOT IN ('delayed', 'parked') ORDER BY seq")
      .all();
    return {
      boot,
      // Above every seq ever used by a row that is still there; others are gone for good.
      nextSeq: (db.prepare<unknown[], number>("SELECT coalesce(max(seq), 0) FROM rows").pluck().get() ?? 0) + 1,
      partitions: db
        .prepare<unknown[], { topic: string; partition: number; logId: string; position: number; done: string }>(
          "SELECT topic, partition, log_id AS logId, position, done FROM partitions",
        )
        .all()
        .map(({ done, ...state }) => ({ ...state, done: JSON.parse(done) })),
      rows: rows.map(fromColumns),
      counted: db
        .prepare<unknown[], StoredCount>(
          `SELECT state, topic, application, namespace, task, count(*) AS count, min(received_at) AS oldest
           FROM rows WHERE state IN ('delayed', 'parked') GROUP BY 1, 2, 3, 4, 5`,
        )
        .all(),
      finished: { hashes: new BigUint64Array(0), until: new Float64Array(0) },
      rebuilt: [],
      nextDue: this.#nextDue.get(-1, -1) ?? Number.POSITIVE_INFINITY,
      workers: db.prepare<unknown[], string>("SELECT worker FROM workers").pluck().all(),
    };
  }

  commit(changes: Omit<Changes, "inserts">, inserts: readonly StoredRow[]): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const row of inserts) this.#insert.run(toColumns(row));
      for (const update of changes.updates) this.#update.run(...updateColumns(update));
      for (const seq of changes.deletes) this.#delete.run(seq);
      for (const { topic, partition, logId, position, done } of changes.partitions) {
        this.#partition.run(topic, partition, logId, position, JSON.stringify(done));
      }
      if (changes.boot !== undefined) this.#meta.run("boot", String(changes.boot));
      if (changes.workers !== undefined) {
        this.#db.exec("DELETE FROM workers");
        const insert = this.#db.prepare("INSERT OR IGNORE INTO workers VALUES (?)");
        for (const worker of changes.workers) insert.run(worker);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Throws DamagedRowError for a row whose checksum does not hold. */
  load(after: Cursor, dueBefore: number, limit: number): { rows: StoredRow[]; complete: boolean; nextDue: number } {
    const rows = this.#load.all(after.due, seqBound(after.seq), dueBefore, limit).map(fromColumns);
    const complete = rows.length < limit;
    const last = rows.at(-1);
    const behind = complete || last === undefined ? { due: dueBefore, seq: Number.MAX_SAFE_INTEGER } : last;
    return { rows, complete, nextDue: this.#nextDue.get(behind.due, behind.seq) ?? Number.POSITIVE_INFINITY };
  }

  /** Parked rows of these tasks in order of seq. Throws DamagedRowError. */
  unpark({ application, namespace, tasks, limit }: Unpark): StoredRow[] {
    return this.#unpark.all(application, namespace, JSON.stringify(tasks), limit).map(fromColumns);
  }

  /** Of each partition that has rows the offset of the oldest. */
  lowest(): LowestOffset[] {
    return this.#partitions.all().flatMap(({ topic, partition }) => this.#lowest.get(topic, partition) ?? []);
  }

  close(): void {
    this.#db.close();
  }

  #metaOf(key: string): string | undefined {
    return this.#db.prepare<unknown[], string>("SELECT value FROM meta WHERE key = ?").pluck().get(key);
  }

  #migrate(): void {
    const version = this.#db.pragma("user_version", { simple: true });
    if (version === VERSION) return;
    if (version !== 0)
      throw new DamagedRowError(`its format is version ${String(version)}, this taskwire reads version ${VERSION}`);
    this.#db.exec(`BEGIN IMMEDIATE; ${TABLES}; PRAGMA user_version = ${VERSION}; COMMIT`);
  }
}

/** SQLite knows no infinity among integers. */
function seqBound(seq: number): number {
  return Math.min(seq, Number.MAX_SAFE_INTEGER);
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}

function checksum(row: { id: string; topic: string; partition: number; offset: number; payload: Uint8Array }): number {
  return crc32(row.payload, crc32(`${row.id}\0${row.topic}\0${row.partition}\0${row.offset}`));
}

function toColumns(row: StoredRow): unknown[] {
  return [
    row.seq,
    row.id,
    row.namespace,
    row.task,
    row.application,
    row.topic,
    row.partition,
    row.offset,
    row.receivedAt,
    row.due,
    finite(row.expiresAt),
    row.deadline,
    row.atMostOnce ? 1 : 0,
    row.deadLetter ? 1 : 0,
    row.attempts,
    row.maxAttempts,
    row.state,
    row.processingAttempts,
    row.claim,
    row.worker,
    finite(row.claimUntil),
    row.ending === undefined ? null : JSON.stringify(row.ending),
    row.payload,
    checksum(row),
  ];
}

function updateColumns(row: RowUpdate): unknown[] {
  const ending = row.ending === undefined ? null : JSON.stringify(row.ending);
  return [row.state, row.processingAttempts, row.claim, row.worker, finite(row.claimUntil), ending, row.seq];
}

function fromColumns(row: RowColumns): StoredRow {
  if (checksum(row) !== row.crc) {
    throw new DamagedRowError(
      `the row of activation ${row.id} (${row.topic}/${row.partition} offset ${row.offset}) fails its checksum`,
    );
  }
  const ending: Ending | undefined = row.ending === null ? undefined : JSON.parse(row.ending);
  return {
    seq: row.seq,
    id: row.id,
    namespace: row.namespace,
    task: row.task,
    application: row.application,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    payload: row.payload,
    receivedAt: row.received_at,
    due: row.due,
    expiresAt: row.expires_at ?? Number.POSITIVE_INFINITY,
    deadline: row.deadline,
    atMostOnce: row.at_most_once === 1,
    deadLetter: row.dead_letter === 1,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    remembered: row.at_most_once === 1 || row.attempts > 0,
    state: row.state,
    processingAttempts: row.processing_attempts,
    claim: row.claim,
    worker: row.worker,
    claimUntil: row.claim_until ?? Number.POSITIVE_INFINITY,
    ending,
  };
}
