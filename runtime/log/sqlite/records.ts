import type { LogRecord, ReadRecord } from "../port.js";

/** Records as they travel between the threads: all bytes in one transferred buffer. */
export interface PackedRecords {
  /** Three numbers a record: bytes of key, headers (JSON) and value; -1 = there is none. */
  readonly lengths: Int32Array<ArrayBuffer>;
  readonly slab: Uint8Array<ArrayBuffer>;
}

/** A record as a row holds it. */
export interface Row {
  readonly key: string | null;
  /** JSON object of strings. */
  readonly headers: string | null;
  readonly value: Uint8Array;
}

const NONE = -1;

export function rowOf({ key, headers, value }: LogRecord): Row {
  return { key: key ?? null, headers: headers === undefined ? null : headersText(headers), value };
}

function headersText(headers: Readonly<Record<string, string>>): string | null {
  for (const _ in headers) return JSON.stringify(headers);
  return null;
}

/** With a copy of the value: a record that is kept must not keep the bytes of its whole batch. */
export function readRecordOf({ key, headers, value }: Row, offset: number): ReadRecord {
  const copy = Buffer.from(value);
  if (key === null && headers === null) return { value: copy, offset };
  return {
    value: copy,
    offset,
    key: key ?? undefined,
    headers: headers === null ? undefined : (JSON.parse(headers) as Record<string, string>),
  };
}

export function byteLength({ key, headers, value }: Row): number {
  return (
    (key === null ? 0 : Buffer.byteLength(key)) + (headers === null ? 0 : Buffer.byteLength(headers)) + value.length
  );
}

export function pack(rows: readonly Row[]): PackedRecords {
  let size = 0;
  for (const row of rows) size += byteLength(row);
  // Not from the pool: the buffer is given away.
  const slab = Buffer.from(new ArrayBuffer(size));
  const lengths = new Int32Array(rows.length * 3);
  let at = 0;
  let index = 0;
  const write = (text: string | null): void => {
    const length = text === null ? NONE : slab.write(text, at, "utf8");
    lengths[index++] = length;
    if (length > 0) at += length;
  };
  for (const { key, headers, value } of rows) {
    write(key);
    write(headers);
    slab.set(value, at);
    lengths[index++] = value.length;
    at += value.length;
  }
  return { lengths, slab: new Uint8Array(slab.buffer) };
}

/** What postMessage has to move instead of copying. */
export function buffersOf({ lengths, slab }: PackedRecords): ArrayBuffer[] {
  return [lengths.buffer, slab.buffer];
}

/** Reads packed records one after the other; values are views of the slab. */
export class Unpacker {
  readonly #lengths: Int32Array;
  readonly #slab: Buffer;
  #index = 0;
  #at = 0;

  constructor({ lengths, slab }: PackedRecords) {
    this.#lengths = lengths;
    this.#slab = Buffer.from(slab.buffer, slab.byteOffset, slab.byteLength);
  }

  next(): Row {
    const key = this.#text();
    const headers = this.#text();
    const length = this.#length();
    const value = this.#slab.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { key, headers, value };
  }

  #text(): string | null {
    const length = this.#length();
    if (length === NONE) return null;
    const text = this.#slab.toString("utf8", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  #length(): number {
    return this.#lengths[this.#index++] ?? 0;
  }
}
