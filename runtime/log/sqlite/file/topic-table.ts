import { codeOf, messageOf, TaskwireError } from "../../../base/errors.js";
import type { Connection, Statement } from "../../../base/sqlite/open.js";
import { CHUNK_BYTES, CHUNK_RECORDS, type Chunk, checksumOf, cut, skip } from "./chunks.js";

/** A read ends at whichever is reached first, rounded to whole chunks. */
const READ_RECORDS = 1024;
const READ_BYTES = 1024 * 1024;

interface Bounds {
  /** Lowest offset that is kept. */
  readonly first: number;
  /** The offset that the next appended record gets. */
  readonly next: number;
  /** Bytes of all bodies, trimmed ones included. */
  readonly bytes: number;
}

export interface FoundRecords {
  readonly kind: "records";
  readonly from: number;
  readonly next: number;
  readonly bodies: readonly Buffer[];
  /** For each body the offset after it, and when it was appended, milliseconds since the epoch. */
  readonly spans: readonly { readonly to: number; readonly at: number }[];
}

/** What is stored from one offset up to the next: records in order, or damage. */
type Found =
  | FoundRecords
  | { readonly kind: "damaged"; readonly from: number; readonly next: number; readonly error: string };

/** A chunk without its records. */
export interface ChunkFacts {
  /** Offset where the next one begins. */
  readonly end: number;
  /** Bytes of the topic before it, and before the next one. */
  readonly before: number;
  readonly after: number;
  /** When it was appended, milliseconds since the epoch. */
  readonly at: number;
}

type ChunkColumns = readonly [first: number, count: number, before: number, at: number, crc: number, body: Buffer];
type FactsColumns = readonly [first: number, before: number, at: number];

const FAILED_CHECK = "the chunk fails its checksum";

/** The chunks of one topic. */
export class TopicTable {
  readonly id: number;
  readonly name: string;
  /** One of its chunks could not be deleted. */
  untrimmable = false;
  readonly #extend: Statement;
  readonly #insert: Statement;
  readonly #bounds: Statement;
  readonly #read: Statement;
  readonly #following: Statement;
  readonly #lowest: Statement;
  readonly #bytesAt: Statement;
  readonly #chunkAt: Statement;
  readonly #replace: Statement;
  readonly #delete: Statement;
  readonly #setFirst: Statement;

  constructor(connection: Connection, id: number, name: string) {
    const table = `chunks_${id}`;
    this.id = id;
    this.name = name;
    this.#extend = connection.prepare(
      `UPDATE topics SET next = next + ?, bytes = bytes + ? WHERE id = ${id} RETURNING next, bytes`,
    );
    this.#insert = connection.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`);
    this.#bounds = connection.prepare(`SELECT first, next, bytes FROM topics WHERE id = ${id}`);
    this.#read = connection
      .prepare(
        `SELECT first, count, bytes_before, at, crc, body FROM ${table}
         WHERE first >= ifnull((SELECT max(first) FROM ${table} WHERE first <= ?), ?) ORDER BY first`,
      )
      .raw();
    this.#following = connection.prepare(`SELECT min(first) FROM ${table} WHERE first > ?`).pluck();
    this.#lowest = connection.prepare(`SELECT first, bytes_before, at FROM ${table} ORDER BY first LIMIT ?`).raw();
    this.#bytesAt = connection
      .prepare(`SELECT bytes_before FROM ${table} WHERE first <= ? ORDER BY first DESC LIMIT 1`)
      .pluck();
    this.#chunkAt = connection
      .prepare(
        `SELECT first, count, bytes_before, at, crc, body FROM ${table} WHERE first <= ? ORDER BY first DESC LIMIT 1`,
      )
      .raw();
    this.#replace = connection.prepare(`UPDATE ${table} SET body = ?, crc = ? WHERE first = ?`);
    this.#delete = connection.prepare(`DELETE FROM ${table} WHERE first < ?`);
    this.#setFirst = connection.prepare(`UPDATE topics SET first = ? WHERE id = ${id}`);
    this.#verify(connection);
  }

  bounds(): Bounds {
    return this.#bounds.get() as Bounds;
  }

  /** Appends records as chunks; the offset of the first one. Inside a transaction. */
  append(records: Buffer, count: number, at: number): number {
    const { next, bytes } = this.#extend.get(count, records.length) as Bounds;
    let first = next - count;
    let before = bytes - records.length;
    for (const { count, body } of cut(records)) {
      const chunk = { first, count, before, at, body };
      this.#insert.run(first, count, before, at, checksumOf(this.name, chunk), body);
      first += count;
      before += body.length;
    }
    return next - count;
  }

  /**
   * The records from `offset`, or from the lowest that is kept, until a batch is full or `enough` are there; undefined when
   * there are none yet. A chunk that is missing, fails its checksum or is on a damaged page does not end the topic: first come the records before
   * it, then the damage with its offsets, then the records after it. Throws the error of SQLite when the chunks cannot even
   * be listed. Inside a transaction.
   */
  read(offset: number, enough = READ_RECORDS): Found | undefined {
    const { first: lowest, next } = this.bounds();
    const from = Math.max(offset, lowest);
    if (from >= next) return undefined;
    const bodies: Buffer[] = [];
    const spans: { to: number; at: number }[] = [];
    let error = "the chunk is missing";
    let at = from;
    let bytes = 0;
    try {
      // Columns in the order of the statement.
      for (const columns of this.#read.iterate(from, from) as IterableIterator<ChunkColumns>) {
        const [first, count, , time, , body] = columns;
        if (first > at) break;
        if (!this.#isSound(columns)) {
          error = FAILED_CHECK;
          break;
        }
        if (first + count <= at) continue;
        bodies.push(first === at ? body : body.subarray(skip(body, at - first)));
        at = first + count;
        spans.push({ to: at, at: time });
        bytes += body.length;
        if (at - from >= enough || at - from > READ_RECORDS - CHUNK_RECORDS || bytes > READ_BYTES - CHUNK_BYTES) break;
      }
    } catch (thrown) {
      if (!codeOf(thrown).startsWith("SQLITE_CORRUPT")) throw thrown;
      error = messageOf(thrown);
    }
    if (bodies.length > 0) return { kind: "records", from, next: at, bodies, spans };
    return { kind: "damaged", from, next: Math.min(Number(this.#following.get(at) ?? next), next), error };
  }

  /** The chunk that holds `offset`; undefined when there is none, or "damaged". */
  chunkAt(offset: number): Chunk | "damaged" | undefined {
    let columns: ChunkColumns | undefined;
    try {
      columns = this.#chunkAt.get(offset) as ChunkColumns | undefined;
    } catch (error) {
      if (codeOf(error).startsWith("SQLITE_CORRUPT")) return "damaged";
      throw error;
    }
    if (columns === undefined) return undefined;
    const [first, count, before, at, , body] = columns;
    if (!this.#isSound(columns)) return "damaged";
    return first + count <= offset ? undefined : { first, count, before, at, body };
  }

  /** Stores another body for a chunk, of the same records. Inside a transaction. */
  replace(chunk: Chunk): void {
    this.#replace.run(chunk.body, checksumOf(this.name, chunk), chunk.first);
  }

  /** Bytes of the topic before the chunk that holds `offset`. */
  bytesBefore(offset: number): number {
    const { next, bytes } = this.bounds();
    return offset >= next ? bytes : Number(this.#bytesAt.get(offset) ?? 0);
  }

  /** The lowest chunks in order, at most `count`. */
  lowest(count: number): ChunkFacts[] {
    const { next, bytes } = this.bounds();
    const rows = this.#lowest.all(count + 1) as FactsColumns[];
    return rows.slice(0, count).map(([, before, at], index) => {
      const behind = rows[index + 1];
      return { before, at, end: behind?.[0] ?? next, after: behind?.[1] ?? bytes };
    });
  }

  /** Deletes the chunks that begin below `offset`, where a chunk begins. Inside a transaction. */
  deleteBelow(offset: number): void {
    this.#delete.run(offset);
    this.#setFirst.run(offset);
  }

  /** A flipped bit of a column's type turns bytes into a string of the same bytes, with the same checksum. */
  #isSound([first, count, before, at, crc, body]: ChunkColumns): boolean {
    return Buffer.isBuffer(body) && checksumOf(this.name, { first, count, before, at, body }) === crc;
  }

  /**
   * The row of the topic has no checksum, so it must agree with the chunks: appending at an offset that exists, or reading
   * from after the first one, would hide records.
   */
  #verify(connection: Connection): void {
    const { id, name } = this;
    const sound = connection
      .prepare(
        `SELECT next = first FROM topics WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM chunks_${id}) UNION ALL
         SELECT topics.first = (SELECT min(first) FROM chunks_${id})
           AND next > last.first AND next <= last.first + ${CHUNK_RECORDS}
           AND (next >= last.first + count OR count > ${CHUNK_RECORDS})
         FROM topics, (SELECT first, count FROM chunks_${id} ORDER BY first DESC LIMIT 1) AS last WHERE id = ${id}`,
      )
      .pluck()
      .get();
    if (sound === 1) return;
    throw new TaskwireError(
      "log_corrupt",
      `the embedded log is damaged: the bounds of topic "${name}" do not agree with its chunks; stop all processes, move the file away, restart them`,
    );
  }
}
