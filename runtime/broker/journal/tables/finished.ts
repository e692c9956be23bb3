import { crc32 } from "node:zlib";
import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import type { Changes, FinishedIds } from "../../inflight/persisted.js";
import { DamageError } from "./damage.js";

/** Most ids that are kept; the oldest go first. */
const MOST_IDS = 10_000_000;
/** Bytes of one id: its hash and its time. */
const ENTRY_BYTES = 16;
/** Small chunks are joined up to this number of ids. */
const FULL_CHUNK = 65_536;
/** Most chunks that one slice of work deletes or joins. */
const SLICE = 256;

interface Chunk {
  readonly number: number;
  /** The last time among its ids. */
  readonly until: number;
  readonly count: number;
  readonly crc: number;
  /** All hashes, then all times, in the machine's byte order. */
  readonly entries: Buffer;
}

type Counted = Pick<Chunk, "number" | "count">;

/**
 * The memory of finished ids: one chunk for each commit, later joined to larger ones, so that neither a commit nor a start
 * costs one table row per id. Chunks are in the order of their commits. A chunk expires when its last id does.
 */
export class FinishedChunks {
  readonly #add: Database.Statement;
  readonly #all: Database.Statement<unknown[], Chunk>;
  readonly #next: Database.Statement<unknown[], Chunk>;
  readonly #first: Database.Statement<unknown[], Counted>;
  readonly #over: Database.Statement<unknown[], Counted>;
  readonly #delete: Database.Statement;
  readonly #transaction: (work: () => void) => void;
  #count: number;
  /** Number of the last chunk. */
  #number: number;
  /** Chunks up to this number are joined or full. */
  #joined = 0;

  constructor(db: Connection) {
    this.#transaction = (work) => db.transaction(work)();
    this.#add = db.prepare("INSERT INTO finished VALUES (?, ?, ?, ?, ?)");
    this.#all = db.prepare("SELECT * FROM finished ORDER BY number");
    this.#next = db.prepare("SELECT * FROM finished WHERE number > ? ORDER BY number LIMIT ?");
    this.#first = db.prepare("SELECT number, count FROM finished ORDER BY number LIMIT ?");
    this.#over = db.prepare("SELECT number, count FROM finished WHERE until <= ? ORDER BY number LIMIT ?");
    this.#delete = db.prepare("DELETE FROM finished WHERE number = ?");
    this.#count = Number(db.prepare("SELECT coalesce(sum(count), 0) FROM finished").pluck().get());
    this.#number = Number(db.prepare("SELECT coalesce(max(number), 0) FROM finished").pluck().get());
  }

  /** Runs inside a transaction; call `added` when it is committed. */
  add(finished: Changes["finished"]): void {
    if (finished.length === 0) return;
    const hashes = BigUint64Array.from(finished, ({ hash }) => hash);
    this.store({ hashes, until: Float64Array.from(finished, ({ until }) => until) });
  }

  added(count: number): void {
    this.#count += count;
  }

  store(ids: FinishedIds): void {
    this.#number += 1;
    this.#write(this.#number, ids);
  }

  /** Throws DamageError when a checksum does not hold. */
  all(): FinishedIds {
    const chunks: FinishedIds[] = [];
    for (const chunk of this.#all.iterate()) chunks.push(idsOf(chunk));
    return concatenated(chunks);
  }

  /** The readable chunks, for a rebuild. */
  *readable(): Generator<FinishedIds> {
    for (const chunk of this.#all.iterate()) {
      if (Buffer.isBuffer(chunk.entries) && crc32(chunk.entries) === chunk.crc) yield idsOf(chunk);
    }
  }

  /** Forgets a slice of the ids that have expired or are too many; returns whether there may be more. */
  expire(now: number): boolean {
    let expired = this.#over.all(now, SLICE);
    let dropped = sumOf(expired);
    if (expired.length === 0) {
      const over = this.#count - MOST_IDS;
      const first = over > 0 ? this.#first.all(SLICE) : [];
      const end = first.findIndex(({ count }) => {
        if (dropped + count > over) return true;
        dropped += count;
        return false;
      });
      expired = end < 0 ? first : first.slice(0, end);
    }
    if (expired.length === 0) return false;
    this.#transaction(() => {
      for (const { number } of expired) this.#delete.run(number);
    });
    this.#count -= dropped;
    return expired.length === SLICE;
  }

  /** Joins a slice of small chunks; returns whether there may be more. */
  join(): boolean {
    const chunks = this.#next.all(this.#joined, SLICE);
    const [oldest] = chunks;
    // A few small chunks cost nothing: they are joined when there are many.
    if (oldest === undefined || chunks.length < SLICE) return false;
    let count = 0;
    let taken = 0;
    for (const chunk of chunks) {
      if (taken > 0 && count + chunk.count > FULL_CHUNK) break;
      count += chunk.count;
      taken += 1;
    }
    const last = chunks[taken - 1] ?? oldest;
    if (taken > 1) {
      const joined = concatenated(chunks.slice(0, taken).map(idsOf));
      this.#transaction(() => {
        for (const { number } of chunks.slice(0, taken)) this.#delete.run(number);
        this.#write(last.number, joined);
      });
    }
    this.#joined = count < FULL_CHUNK / 2 && taken > 1 ? last.number - 1 : last.number;
    return true;
  }

  #write(number: number, { hashes, until }: FinishedIds): void {
    const entries = Buffer.concat([bytesOf(hashes), bytesOf(until)]);
    const latest = until.reduce((last, time) => Math.max(last, time), 0);
    this.#add.run(number, latest, hashes.length, crc32(entries), entries);
  }
}

function sumOf(chunks: readonly Counted[]): number {
  return chunks.reduce((sum, { count }) => sum + count, 0);
}

function idsOf({ count, entries, crc }: Chunk): FinishedIds {
  if (!Buffer.isBuffer(entries) || crc32(entries) !== crc || entries.length !== count * ENTRY_BYTES) {
    throw new DamageError("its memory of finished ids fails the checksum");
  }
  const hashes = new BigUint64Array(count);
  const until = new Float64Array(count);
  bytesOf(hashes).set(entries.subarray(0, count * 8));
  bytesOf(until).set(entries.subarray(count * 8));
  return { hashes, until };
}

function concatenated(parts: readonly FinishedIds[]): FinishedIds {
  const count = parts.reduce((sum, { hashes }) => sum + hashes.length, 0);
  const hashes = new BigUint64Array(count);
  const until = new Float64Array(count);
  let at = 0;
  for (const part of parts) {
    hashes.set(part.hashes, at);
    until.set(part.until, at);
    at += part.hashes.length;
  }
  return { hashes, until };
}

function bytesOf(array: BigUint64Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
