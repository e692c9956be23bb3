import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { failpoint } from "../../base/failpoint.js";
import { type Lineage, withStart } from "../../log/lineage.js";
import type { Changes, Cursor, Recovered } from "../inflight/persisted.js";
import type { StoredRow } from "../inflight/row.js";
import type { BareChanges, JournalReport, UnparkRequest } from "./messages.js";
import { isMarked, markDamaged, type Quarantine, removeLeftovers } from "./salvage/quarantine.js";
import { CommitCount } from "./tables/commit-count.js";
import { Checkpoints, type Connection, type FileOptions, openFile } from "./tables/connection.js";
import { DamageError, isDamage } from "./tables/damage.js";
import { FinishedChunks } from "./tables/finished.js";
import { Inspection } from "./tables/inspection.js";
import { Meta } from "./tables/meta.js";
import { migrate } from "./tables/migrations.js";
import { Partitions } from "./tables/partitions.js";
import { Rows } from "./tables/rows.js";

/**
 * Up to this size quick_check reads the whole file at start, which may take seconds from a cold disk. In a larger one
 * the start checks what it reads, rows their checksums when they are read, and the inspection all of them in the
 * background: it finds the same faults, and those inside of rows and indexes, which quick_check does not see.
 */
const QUICK_CHECK_BYTES = 512 * 1024 * 1024;
/** Free pages are given back to the disk from so many bytes on, when they are a quarter of the file or more. */
const VACUUM_BYTES = 64 * 1024 * 1024;
/** Pages given back in one slice of work. */
const VACUUM_PAGES = 256;

/** The in-flight file of a pool: one connection, held exclusively, synchronous=FULL. Runs in the journal's thread. */
export class Store {
  readonly uuid: string;
  /** The rebuild whose consequences still last. */
  readonly quarantine: Quarantine | undefined;
  readonly #file: string;
  readonly #db: Connection;
  readonly #meta: Meta;
  readonly #rows: Rows;
  readonly #partitions: Partitions;
  readonly #finished: FinishedChunks;
  readonly #checkpoints: Checkpoints;
  readonly #count: CommitCount;
  readonly #inspection: Inspection;
  readonly #addWorker: Database.Statement;
  #boot: number;
  #commits: number;
  #lineage: Lineage;
  #inspected = false;
  #vacuumed = false;

  /**
   * Throws the error of SQLite (SQLITE_BUSY when another broker holds the file), NewerFormatError, or, with the file
   * marked as damaged, one that isDamage tells.
   */
  constructor(file: string, options: FileOptions = {}) {
    this.#file = file;
    const existed = existsSync(file);
    let db: Connection | undefined;
    try {
      db = openFile(file, options);
      // Whoever held it before has found it damaged.
      if (isMarked(file)) throw new DamageError("it is marked as damaged");
      removeLeftovers(file);
      if (!existed) CommitCount.remove(file);
      const before = CommitCount.read(file);
      checkFile(db, before !== undefined);
      migrate(db);
      this.#db = db;
      this.#meta = new Meta(db);
      this.#rows = new Rows(db);
      this.#partitions = new Partitions(db);
      this.#finished = new FinishedChunks(db);
      this.#checkpoints = new Checkpoints(db);
      this.#inspection = new Inspection(db);
      this.#addWorker = db.prepare("INSERT OR IGNORE INTO workers VALUES (?)");
      this.#boot = this.#meta.number("boot");
      this.#commits = this.#meta.number("commits");
      this.#lineage = JSON.parse(this.#meta.get("lineage") ?? "[]");
      this.uuid = this.#meta.get("uuid") ?? randomUUID();
      if (before?.uuid === this.uuid && this.#commits < before.commits) {
        throw new DamageError(
          `its last commit is number ${this.#commits}, but ${before.commits} were made; the end of its write-ahead log is damaged, or an older copy was put in its place`,
        );
      }
      const quarantine = this.#meta.get("quarantine");
      this.quarantine = quarantine === undefined ? undefined : JSON.parse(quarantine);
      this.#count = new CommitCount(file);
    } catch (error) {
      if (isDamage(error)) markDamaged(file, error);
      db?.close();
      throw error;
    }
  }

  get lineage(): Lineage {
    return this.#lineage;
  }

  /** Number of the last commit that is on disk. */
  get commits(): number {
    return this.#commits;
  }

  /** Counts the start and gives what is known. Throws one that isDamage tells. */
  recover(): Omit<Recovered, "kind"> {
    const partitions = this.#partitions.all();
    const rebuilt = partitions
      .filter(({ position, rereadUntil }) => position < rereadUntil)
      .map(({ topic, partition, position, rereadUntil }) => ({
        topic,
        partition,
        until: rereadUntil,
        kept: this.#rows.offsets(topic, partition, position),
      }));
    const recovered = {
      boot: this.#boot + 1,
      nextSeq: this.#rows.nextSeq(),
      partitions: partitions.map(({ rereadUntil: _, ...state }) => state),
      rows: this.#rows.live(),
      counted: this.#rows.counts(),
      nextDue: this.#rows.nextDue(),
      finished: this.#finished.all(),
      away: this.#rows.away(),
      rebuilt,
      ownership: JSON.parse(this.#meta.get("holdings") ?? "[]"),
      copied: JSON.parse(this.#meta.get("copied") ?? "null") ?? undefined,
      workers: this.#db.prepare<unknown[], string>("SELECT worker FROM workers").pluck().all(),
    };
    const { quarantine } = this;
    // It lasts over the start that did it, the reading again, and until the logs know the new uuid.
    const first = quarantine?.boot === this.#boot;
    const known = quarantine === undefined || quarantine.uuidKept || partitions.length > 0;
    this.#lineage = withStart(this.#lineage, [recovered.boot, randomBytes(6).toString("hex"), this.#commits]);
    this.#transaction(() => {
      this.#meta.set("uuid", this.uuid);
      this.#meta.set("lineage", JSON.stringify(this.#lineage));
      this.#setBoot(recovered.boot);
      if (!first && known && rebuilt.length === 0) this.#meta.delete("quarantine");
    });
    return recovered;
  }

  /** All or nothing. */
  commit(changes: BareChanges, inserts: readonly StoredRow[]): void {
    this.#transaction(() => {
      // First: what they free, the inserts may need.
      for (const seq of changes.deletes) this.#rows.delete(seq);
      for (const row of inserts) this.#rows.insert(row);
      for (const update of changes.updates) this.#rows.update(update);
      for (const state of changes.partitions) this.#partitions.write(state);
      this.#finished.add(changes.finished);
      if (changes.boot !== undefined) this.#setBoot(changes.boot);
      if (changes.ownership !== undefined) this.#meta.set("holdings", JSON.stringify(changes.ownership));
      if (changes.copied !== undefined) this.#meta.set("copied", JSON.stringify(changes.copied));
      if (changes.workers !== undefined) {
        this.#db.exec("DELETE FROM workers");
        for (const worker of changes.workers) this.#addWorker.run(worker);
      }
    });
    this.#finished.added(changes.finished.length);
  }

  /** Only what is settled, ahead of the commits it belongs to: on a full disk it makes room for them. False: there is nothing. */
  settle(commits: readonly Pick<Changes, "deletes" | "finished">[]): boolean {
    if (commits.every(({ deletes }) => deletes.length === 0)) return false;
    this.#transaction(() => {
      for (const { deletes, finished } of commits) {
        for (const seq of deletes) this.#rows.delete(seq);
        this.#finished.add(finished);
      }
    });
    return true;
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  load(after: Cursor, dueBefore: number, limit: number): { rows: StoredRow[]; complete: boolean; nextDue: number } {
    return this.#rows.load(after, dueBefore, limit);
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  unpark(request: UnparkRequest): StoredRow[] {
    return this.#rows.unpark(request);
  }

  /** What is read again of a partition ends there, unless its end was known. */
  bound(topic: string, partition: number, end: number): void {
    if (this.#partitions.isUnbounded(topic, partition)) {
      this.#transaction(() => this.#partitions.bound(topic, partition, end));
    }
  }

  report(): JournalReport {
    const lowest = this.#partitions.all().flatMap(({ topic, partition }) => {
      const offset = this.#rows.lowest(topic, partition);
      return offset === undefined ? [] : { topic, partition, offset };
    });
    const { size, free, page } = this.#pages();
    return { lowest, bytes: (size - free) * page };
  }

  /** Moves the write-ahead log into the file when it is long. */
  checkpoint(): void {
    if (!this.#checkpoints.due()) return;
    failpoint("journal.checkpoint");
    this.#checkpoints.run("PASSIVE");
  }

  /** Work that no request waits for, one slice; `idle`: none came lately. Tells whether there is more. */
  tidy(now: number, idle: boolean): boolean {
    const expired = this.#finished.expire(now);
    const joined = this.#finished.join();
    this.#inspected ||= !this.#inspection.next();
    const vacuumed = idle && this.#vacuum();
    this.checkpoint();
    return expired || joined || vacuumed || !this.#inspected;
  }

  /** The file is to be rebuilt at the next start. */
  markDamaged(error: unknown): void {
    markDamaged(this.#file, error);
  }

  close(): void {
    this.#count.close();
    this.#db.close();
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      failpoint("journal.commit-begun");
      work();
      this.#meta.set("commits", String(this.#commits + 1));
      failpoint("journal.commit-written");
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
    this.#commits += 1;
    this.#count.write({ uuid: this.uuid, boot: this.#boot, commits: this.#commits });
    failpoint("journal.commit-durable");
  }

  #setBoot(boot: number): void {
    this.#meta.set("boot", String(boot));
    this.#boot = boot;
  }

  #vacuum(): boolean {
    const { size, free, page } = this.#pages();
    const much = free * page >= VACUUM_BYTES && free * 4 >= size;
    // Once begun it goes on to the end.
    if (!much && !(this.#vacuumed && free > 0)) {
      if (this.#vacuumed) this.#checkpoints.run("TRUNCATE");
      this.#vacuumed = false;
      return false;
    }
    this.#db.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
    this.#vacuumed = this.#pages().size < size;
    return this.#vacuumed;
  }

  #pages(): { readonly size: number; readonly free: number; readonly page: number } {
    const value = (name: string) => Number(this.#db.pragma(name, { simple: true }));
    return { size: value("page_count"), free: value("freelist_count"), page: value("page_size") };
  }
}

/** Throws one that isDamage tells. `used`: the file held commits before. */
function checkFile(db: Connection, used: boolean): void {
  const value = (name: string) => Number(db.pragma(name, { simple: true }));
  if (used && value("user_version") === 0) throw new DamageError("it is empty, though commits were made");
  if (value("page_count") * value("page_size") > QUICK_CHECK_BYTES) return;
  const found = db.pragma("quick_check", { simple: true });
  if (found !== "ok") throw new DamageError(`quick_check says: ${String(found)}`);
}
