import type { LogRecord, ReadRecord } from "../port.js";
import { headersText } from "../record-size.js";

/**
 * The encoding of records, in a chunk of the file and between the threads; records follow one another. Each begins with four
 * bytes, little-endian: the length of its value, and two flags in the highest bits. A set flag adds four bytes with the
 * length of the key or of the headers (a JSON object of strings). Then key, headers and value follow. The headers of a
 * tombstone begin with a space; a reader that does not know this sees the same headers and an empty value.
 */
const VALUE_BITS = 0x3fffffff;
const HAS_KEY = 0x40000000;
const HAS_HEADERS = 0x80000000;
const WORD = 4;
const NO_HEADERS = "{}";
const SPACE = " ";
/** What the encoding adds to a record at most: the lengths, and the headers of a tombstone that has none. */
const MOST_ADDED_BYTES = 3 * WORD + SPACE.length + NO_HEADERS.length;

/** Largest record, in bytes of key, headers and value. */
export const LARGEST_RECORD_BYTES = 64 * 1024 * 1024;

const FIRST_CAPACITY = 1024;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Writes records into memory that can be transferred to another thread. */
export class RecordWriter {
  #slab = emptySlab;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` records of `size` bytes in total, so that adding them cannot fail. */
  reserve(count: number, size: number): void {
    const needed = this.#length + size + count * MOST_ADDED_BYTES;
    if (needed <= this.#slab.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#slab.length * 2, FIRST_CAPACITY));
    this.#slab.copy(grown, 0, 0, this.#length);
    this.#slab = grown;
  }

  /** Copies a record for which there is room. */
  add({ key, headers, value, tombstone }: LogRecord): void {
    const slab = this.#slab;
    const own = headersText(headers);
    const text = tombstone === true ? SPACE + (own ?? NO_HEADERS) : own;
    let flags = value.length;
    let at = this.#length + WORD;
    if (key !== undefined) {
      flags += HAS_KEY;
      at = slab.writeUInt32LE(Buffer.byteLength(key), at);
    }
    if (text !== undefined) {
      flags += HAS_HEADERS;
      at = slab.writeUInt32LE(Buffer.byteLength(text), at);
    }
    slab.writeUInt32LE(flags, this.#length);
    if (key !== undefined) at += slab.write(key, at);
    if (text !== undefined) at += slab.write(text, at);
    slab.set(value, at);
    this.#length = at + value.length;
  }

  /** The written bytes; their memory holds nothing else and can be transferred. */
  bytes(): Bytes {
    return new Uint8Array(this.#slab.buffer, 0, this.#length);
  }
}

const emptySlab = Buffer.allocUnsafeSlow(0);

/** The end of the record that begins at `at`. Beyond the bytes, or NaN, when the record is not complete. */
export function endOfRecord(bytes: Buffer, at: number): number {
  const head = bytes.readUInt32LE(at);
  let end = at + WORD + (head & VALUE_BITS);
  if (head <= VALUE_BITS) return end;
  let word = at + WORD;
  for (const flag of [HAS_KEY, HAS_HEADERS]) {
    if ((head & flag) === 0) continue;
    end += WORD + bytes.readUInt32LE(word);
    word += WORD;
  }
  return end;
}

/** Adds the records of one piece of memory, numbered from `offset`. Their values are views of it. */
export function readRecords(piece: Bytes, offset: number, records: ReadRecord[]): void {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.readUInt32LE(at);
    at += WORD;
    if (head <= VALUE_BITS) {
      records.push({ offset, key: undefined, headers: undefined, value: bytes.subarray(at, at + head) });
      at += head;
    } else {
      const keyBytes = (head & HAS_KEY) === 0 ? undefined : bytes.readUInt32LE(at);
      if (keyBytes !== undefined) at += WORD;
      const headersBytes = (head & HAS_HEADERS) === 0 ? undefined : bytes.readUInt32LE(at);
      if (headersBytes !== undefined) at += WORD;
      const key = keyBytes === undefined ? undefined : bytes.toString("utf8", at, at + keyBytes);
      at += keyBytes ?? 0;
      const text = headersBytes === undefined ? undefined : bytes.toString("utf8", at, at + headersBytes);
      at += headersBytes ?? 0;
      const end = at + (head & VALUE_BITS);
      const record = { offset, key, headers: headersOf(text), value: bytes.subarray(at, end) };
      records.push(text?.startsWith(SPACE) === true ? { ...record, tombstone: true } : record);
      at = end;
    }
    offset += 1;
  }
}

/** The bytes of the record from `at` to `end` without its value. */
export function withoutValue(bytes: Buffer, at: number, end: number): Buffer {
  const head = bytes.readUInt32LE(at);
  const rest = Buffer.from(bytes.subarray(at, end - (head & VALUE_BITS)));
  rest.writeUInt32LE(head - (head & VALUE_BITS), 0);
  return rest;
}

function headersOf(text: string | undefined): Record<string, string> | undefined {
  return text === undefined || text === SPACE + NO_HEADERS ? undefined : JSON.parse(text);
}
