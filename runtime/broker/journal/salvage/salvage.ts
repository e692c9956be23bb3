import { randomInt, randomUUID } from "node:crypto";
import type { Connection } from "../../../base/sqlite/open.js";
import type { StoredRow } from "../../inflight/row.js";
import { fromColumns, lineOf, type RowColumns } from "../tables/columns.js";
import { CommitCount } from "../tables/commit-count.js";
import { openDamaged, openScratch } from "../tables/connection.js";
import { FinishedChunks } from "../tables/finished.js";
import { Meta, type MetaKey } from "../tables/meta.js";
import { migrate } from "../tables/migrations.js";
import { Partitions } from "../tables/partitions.js";
import { Rows } from "../tables/rows.js";
import { attempt, readable } from "./attempt.js";
import type { LostRow, Quarantine } from "./quarantine.js";
import { readableRows } from "./readable-rows.js";

/** Most lost rows that are named. */
const MOST_LOST = 1000;
/** When the last boot number is not known, one at or above this is drawn; counting never gets there. */
const UNKNOWN_BOOT = 2 ** 20;

/**
 * Copies what is readable of a damaged in-flight file into a new one, which must not exist. Positions become 0, so that
 * the log is read again from where it still holds unsettled work; `rereadUntil` marks how far that had been read. Rows of
 * a partition whose position is not readable come back with the reading. Throws when the new file cannot be written.
 */
export function salvage(from: string, to: string, about: Pick<Quarantine, "file" | "reason" | "at">): void {
  const fresh = openScratch(to);
  let damaged: Connection | undefined;
  try {
    migrate(fresh);
    damaged = attempt(() => openDamaged(from));
    fresh.exec("BEGIN");
    carryOver(damaged, fresh, CommitCount.read(from), about);
    fresh.exec("COMMIT");
  } finally {
    damaged?.close();
    fresh.close();
  }
}

function carryOver(
  damaged: Connection | undefined,
  fresh: Connection,
  counted: ReturnType<typeof CommitCount.read>,
  about: Pick<Quarantine, "file" | "reason" | "at">,
): void {
  const value = (key: MetaKey) => (damaged === undefined ? undefined : attempt(() => new Meta(damaged).get(key)));
  const { states, whole } = (damaged === undefined ? undefined : attempt(() => new Partitions(damaged).readable())) ?? {
    states: [],
    whole: false,
  };
  const commits = Number(value("commits") ?? 0);
  // Commits are missing: the content is valid, but older than what was acknowledged.
  const older = commits === 0 || commits < (counted?.commits ?? 0);
  const partitions = new Partitions(fresh);
  for (const { topic, partition, logId, position, done, rereadUntil } of states) {
    const until = older ? Number.POSITIVE_INFINITY : Math.max(position, done.at(-1) ?? 0, rereadUntil);
    partitions.store({ topic, partition, logId, position: 0, done: [], rereadUntil: until });
  }

  const lost = new Lost();
  const places = new Map(states.map((state) => [lineOf(state.topic, state.partition), state]));
  const rows = new Rows(fresh);
  let carriedOver = 0;
  for (const columns of damaged === undefined ? [] : readableRows(damaged)) {
    const row = checked(columns);
    const known = row !== undefined && places.has(lineOf(row.topic, row.partition));
    if (!known || (older && mayHaveRun(row))) {
      lost.add(columns.seq, columns);
      continue;
    }
    rows.insert(row);
    carriedOver += 1;
  }
  if (damaged !== undefined) {
    const isThere = fresh.prepare("SELECT 1 FROM rows WHERE seq = ?").pluck();
    for (const { seq, line, offset } of readable(() => indexed(damaged))) {
      const place = places.get(line);
      if (isThere.get(seq) === undefined) lost.add(seq, place === undefined ? undefined : { ...place, offset });
    }
    const finished = new FinishedChunks(fresh);
    for (const ids of readable(() => new FinishedChunks(damaged).readable())) finished.store(ids);
    const addWorker = fresh.prepare("INSERT INTO workers VALUES (?)");
    for (const worker of readable(() => workersOf(damaged))) addWorker.run(worker);
  }

  const uuid = value("uuid") ?? counted?.uuid;
  const uuidKept = uuid !== undefined && whole;
  const lastBoot = Math.max(Number(value("boot") ?? 0), counted?.boot ?? 0);
  const boot = lastBoot > 0 ? lastBoot : UNKNOWN_BOOT + randomInt(UNKNOWN_BOOT / 2);
  const quarantine: Quarantine = { ...about, carriedOver, lost: lost.named, lostCount: lost.count, uuidKept, boot };
  const meta = new Meta(fresh);
  meta.set("uuid", uuidKept ? uuid : randomUUID());
  meta.set("boot", String(boot));
  meta.set("commits", String(Math.max(commits, counted?.commits ?? 0)));
  const lineage = value("lineage");
  if (lineage !== undefined) meta.set("lineage", lineage);
  const copied = value("copied");
  if (copied !== undefined) meta.set("copied", copied);
  const holdings = value("holdings");
  if (holdings !== undefined) meta.set("holdings", holdings);
  const ahead = value("ahead");
  if (ahead !== undefined) meta.set("ahead", ahead);
  const controls = value("controls");
  if (controls !== undefined) meta.set("controls", controls);
  meta.set("quarantine", JSON.stringify(quarantine));
}

/** At-most-once work that is not claimed here, but may have been claimed in a missing commit. */
function mayHaveRun({ atMostOnce, state }: StoredRow): boolean {
  return atMostOnce && (state === "pending" || state === "delayed" || state === "parked");
}

/** Rows that are not carried over, as far as they are known. */
class Lost {
  readonly named: LostRow[] = [];
  readonly #seqs = new Set<number>();

  get count(): number {
    return this.#seqs.size;
  }

  add(seq: number, row: (Omit<LostRow, "id"> & { readonly id?: string }) | undefined): void {
    if (this.#seqs.has(seq)) return;
    this.#seqs.add(seq);
    if (row === undefined || this.named.length >= MOST_LOST) return;
    const { topic, partition, offset, id } = row;
    this.named.push({ topic, partition, offset, id });
  }
}

function checked(columns: RowColumns): StoredRow | undefined {
  return attempt(() => fromColumns(columns));
}

function indexed(db: Connection): Iterable<{ seq: number; line: number; offset: number }> {
  return db
    .prepare<unknown[], { seq: number; line: number; offset: number }>(
      `SELECT seq, line, "offset" FROM rows INDEXED BY places`,
    )
    .iterate();
}

function workersOf(db: Connection): Iterable<string> {
  return db.prepare<unknown[], string>("SELECT worker FROM workers").pluck().iterate();
}
