import { crc32 } from "node:zlib";
import { type Bytes, endOfRecord } from "../records.js";

/** A chunk ends at whichever limit is reached first; a larger record has a chunk of its own. */
export const CHUNK_RECORDS = 256;
export const CHUNK_BYTES = 256 * 1024;
/** Memory that records share on their way to the reader: keeping one record keeps at most this much. */
const PIECE_BYTES = 16 * 1024;

/** Records that were appended together, one row of the file, with the offsets first to first + count - 1. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** Bytes of all bodies of the topic before this one, trimmed ones included. */
  readonly before: number;
  /** When it was appended, milliseconds since the epoch. */
  readonly at: number;
  /** The records as in records.ts. */
  readonly body: Buffer;
}

/** The checksum of a chunk. SQLite has none: a flipped bit on the disk would go unnoticed. */
export function checksumOf(topic: string, { first, count, before, at, body }: Chunk): number {
  return crc32(body, crc32(`${topic}\0${first}\0${count}\0${before}\0${at}`));
}

/** Splits records into the bodies of chunks. */
export function* cut(records: Buffer): Generator<{ readonly count: number; readonly body: Buffer }> {
  let from = 0;
  let count = 0;
  for (let at = 0; at < records.length; ) {
    const end = endOfRecord(records, at);
    if (count === CHUNK_RECORDS || (count > 0 && end - from > CHUNK_BYTES)) {
      yield { count, body: records.subarray(from, at) };
      from = at;
      count = 0;
    }
    count += 1;
    at = end;
  }
  if (count > 0) yield { count, body: records.subarray(from) };
}

/** The start of record number `count`. */
export function skip(records: Buffer, count: number): number {
  let at = 0;
  for (let passed = 0; passed < count; passed += 1) at = endOfRecord(records, at);
  return at;
}

/** Copies of the records in the bodies, in pieces of memory that hold whole records and can be transferred. */
export function piecesOf(bodies: readonly Buffer[]): Bytes[] {
  let left = 0;
  for (const body of bodies) left += body.length;
  const pieces: Bytes[] = [];
  let piece = emptyPiece;
  let used = 0;
  const close = (): void => {
    if (used > 0) pieces.push(new Uint8Array(piece.buffer, 0, used));
  };
  for (const body of bodies) {
    for (let from = 0; from < body.length; ) {
      let to = from;
      for (let end = from; to < body.length; to = end) {
        end = endOfRecord(body, to);
        if (used + end - from > piece.length) break;
      }
      if (to === from) {
        close();
        const record = endOfRecord(body, from) - from;
        piece = Buffer.allocUnsafeSlow(Math.max(record, Math.min(PIECE_BYTES, left)));
        used = 0;
        continue;
      }
      used += body.copy(piece, used, from, to);
      left -= to - from;
      from = to;
    }
  }
  close();
  return pieces;
}

const emptyPiece = Buffer.allocUnsafeSlow(0);
