import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { failpoint } from "../../base/failpoint.js";
import type { Connection } from "../../base/sqlite/open.js";
import { type Lineage, withStart } from "../../log/lineage.js";
import type { Changes, Cursor, PageRequest, Recovered } from "../inflight/persisted.js";
import type { StoredRow } from "../inflight/row.js";
import type { BareChanges, JournalReport } from "./messages.js";
import { isMarked, markDamaged } from "./salvage/marker.js";
import type { Quarantine } from "./salvage/quarantine.js";
import { removeLeftovers } from "./salvage/rebuild.js";
import { CommitCount } from "./tables/commit-count.js";
import { Checkpoints, type FileOptions, openFile, pagesOf } from "./tables/connection.js";
import { DamageError, isDamage } from "./tables/damage.js";
import { FinishedChunks } from "./tables/finished.js";
import { type FindTurn, FoundRows, type PageTurn } from "./tables/found-rows.js";
import { Inspection } from "./tables/inspection.js";
import { Meta } from "./tables/meta.js";
import { migrate } from "./tables/migrations.js";
import { Partitions } from "./tables/partitions.js";
import { Rows, type UnparkRequest } from "./tables/rows.js";
import { Vacuum } from "./tables/vacuum.js";

/**
 * Up to this size, quick_check reads the whole file at start, which may take seconds from a cold disk. In a larger file
 * each row's checksum is checked when the row is read, and the inspection checks all rows in the background: it finds the
 * same faults, and those inside rows and indexes, which quick_check does not detect.
 */
const QUICK_CHECK_BYTES = 512 * 1024 * 1024;

/** The in-flight file of a pool: one connection, held exclusively, with durable commits. Runs in the journal's thread. */
export class Store {
  readonly uuid: string;
  /** The rebuild whose consequences still last; undefined: none. */
  readonly quarantine: Quarantine | undefined;
  /** JSON of the pauses and kill rules that people set, as it was when the file was opened; undefined: none were ever set. */
  readonly controls: string | undefined;
  readonly #file: string;
  readonly #db: Connection;
  readonly #meta: Meta;
  readonly #rows: Rows;
  readonly #found: FoundRows;
  readonly #partitions: Partitions;
  readonly #finished: FinishedChunks;
  readonly #checkpoints: Checkpoints;
  readonly #count: CommitCount;
  readonly #inspection: Inspection;
  readonly #vacuum: Vacuum;
  readonly #addWorker: Database.Statement;
  #boot: number;
  #commits: number;
  #lineage: Lineage;
  #inspected = false;

  /**
   * Throws the error of SQLite (SQLITE_BUSY when another broker holds the file), NewerFormatError, or, for a damaged file,
   * an error for which isDamage holds; the file is then marked.
   */
  constructor(file: string, options: FileOptions = {}) {
    this.#file = file;
    const existed = existsSync(file);
    let db: Connection | undefined;
    try {
      db = openFile(file, options);
      // Its previous holder found it damaged.
      if (isMarked(file)) throw new DamageError("it is marked as damaged");
      removeLeftovers(file);
      if (!existed) CommitCount.remove(file);
      const before = CommitCount.read(file);
      checkFile(db, before !== undefined);
      migrate(db);
      this.#db = db;
      this.#meta = new Meta(db);
      this.#rows = new Rows(db);
      this.#found = new FoundRows(db);
      this.#partitions = new Partitions(db);
      this.#finished = new FinishedChunks(db);
      this.#checkpoints = new Checkpoints(db);
      this.#inspection = new Inspection(db);
      this.#vacuum = new Vacuum(db, this.#checkpoints);
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
      this.controls = this.#meta.get("controls");
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

  /** Counts the start and returns what is known. Throws an error for which isDamage holds. */
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
      storedOnly: this.#rows.away(),
      rebuilt,
      ownership: JSON.parse(this.#meta.get("holdings") ?? "[]"),
      copied: JSON.parse(this.#meta.get("copied") ?? "null") ?? undefined,
      ahead: JSON.parse(this.#meta.get("ahead") ?? "[]"),
      workers: this.#db.prepare<unknown[], string>("SELECT worker FROM workers").pluck().all(),
    };
    const { quarantine } = this;
    // It lasts through the start that did it, until everything is read again and the logs know the new uuid.
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

  /** Writes all of the changes or none. */
  commit(changes: BareChanges, inserts: readonly StoredRow[]): void {
    this.#transaction(() => {
      // Deletes come first: the inserts may need the space that they free.
      this.#rows.delete(changes.deletes);
      for (const row of inserts) this.#rows.insert(row);
      for (const update of changes.updates) this.#rows.update(update);
      for (const state of changes.partitions) this.#partitions.write(state);
      this.#finished.add(changes.finished);
      if (changes.boot !== undefined) this.#setBoot(changes.boot);
      if (changes.ownership !== undefined) this.#meta.set("holdings", JSON.stringify(changes.ownership));
      if (changes.copied !== undefined) this.#meta.set("copied", JSON.stringify(changes.copied));
      if (changes.ahead !== undefined) this.#meta.set("ahead", JSON.stringify(changes.ahead));
      if (changes.workers !== undefined) {
        this.#db.exec("DELETE FROM workers");
        for (const worker of changes.workers) this.#addWorker.run(worker);
      }
    });
    this.#finished.added(changes.finished.length);
  }

  /** Writes only what is settled, ahead of the commits: on a full disk this makes room for them. false: nothing is settled. */
  settle(commits: readonly Pick<Changes, "deletes" | "finished">[]): boolean {
    if (commits.every(({ deletes }) => deletes.length === 0)) return false;
    this.#transaction(() => {
      for (const { deletes, finished } of commits) {
        this.#rows.delete(deletes);
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

  /** One turn. Throws DamageError for a row whose checksum does not hold. */
  page(request: PageRequest): PageTurn {
    return this.#found.page(request);
  }

  /** One turn. Throws DamageError for a row whose checksum does not hold. */
  find(ids: readonly string[], payload: boolean, after: number): FindTurn {
    return this.#found.find(ids, payload, after);
  }

  writeControls(json: string): void {
    this.#transaction(() => this.#meta.set("controls", json));
  }

  /** A partition is read again up to `end`, unless its end is known already. */
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
    const { count, free, bytes } = pagesOf(this.#db);
    return { lowest, bytes: (count - free) * bytes };
  }

  /** Moves the write-ahead log into the file when it has grown long. */
  checkpoint(): void {
    if (!this.#checkpoints.due()) return;
    failpoint("journal.checkpoint");
    this.#checkpoints.run("PASSIVE");
  }

  /** One slice of work that no request waits for. `idle`: no request came lately. Returns whether there is more. */
  tidy(now: number, idle: boolean): boolean {
    const expired = this.#finished.expire(now);
    const joined = this.#finished.join();
    this.#inspected ||= !this.#inspection.next();
    const vacuumed = idle && this.#vacuum.next();
    this.checkpoint();
    return expired || joined || vacuumed || !this.#inspected;
  }

  /** The next start rebuilds the file. */
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
}

/** Throws an error for which isDamage holds. `used`: the file has held commits. */
function checkFile(db: Connection, used: boolean): void {
  const isEmpty = Number(db.pragma("user_version", { simple: true })) === 0;
  if (used && isEmpty) throw new DamageError("it is empty, though commits were made");
  const { count, bytes } = pagesOf(db);
  if (count * bytes > QUICK_CHECK_BYTES) return;
  const found = db.pragma("quick_check", { simple: true });
  if (found !== "ok") throw new DamageError(`quick_check reports: ${String(found)}`);
}
