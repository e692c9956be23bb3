import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRecord, ReadRecord } from "#runtime/log/port.js";
import { sizeOf } from "#runtime/log/record-size.js";
import { CHUNK_BYTES, CHUNK_RECORDS, checksumOf, cut, piecesOf, skip } from "#runtime/log/sqlite/file/chunks.js";
import { type Bytes, RecordWriter, readRecords } from "#runtime/log/sqlite/records.js";

const facts = {
  key: fc.string({ unit: "grapheme" }),
  headers: fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })),
};
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ ...facts, value: fc.uint8Array({ maxLength: 2000 }) }, { requiredKeys: ["value"] }),
  },
  fc.record(
    { ...facts, value: fc.constant(new Uint8Array(0)), tombstone: fc.constant(true as const) },
    { requiredKeys: ["value", "tombstone"] },
  ),
);

function written(records: readonly LogRecord[]): Buffer {
  const writer = new RecordWriter();
  for (const record of records) {
    writer.reserve(1, sizeOf(record));
    writer.add(record);
  }
  const { buffer, byteLength } = writer.bytes();
  return Buffer.from(buffer, 0, byteLength);
}

function readBack(pieces: readonly Bytes[], from: number): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (const piece of pieces) readRecords(piece, from + records.length, records);
  return records;
}

const plain = ({ key, headers, value, tombstone }: LogRecord) => ({
  key,
  tombstone,
  headers: headers === undefined || Object.keys(headers).length === 0 ? [] : Object.entries(headers),
  value: Buffer.from(value).toString("base64"),
});

describe("records as bytes", () => {
  test("come back as they were, cut into chunks and handed over in pieces", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 600 }), fc.nat(1_000_000), (records, from) => {
        const chunks = [...cut(written(records))];
        expect(chunks.every(({ count }) => count >= 1 && count <= CHUNK_RECORDS)).toBe(true);
        expect(chunks.every(({ count, body }) => count === 1 || body.length <= CHUNK_BYTES)).toBe(true);
        const back = readBack(piecesOf(chunks.map(({ body }) => body)), from);
        expect(back.map(plain)).toEqual(records.map(plain));
        expect(back.map(({ offset }) => offset)).toEqual(records.map((_, index) => from + index));
      }),
      { numRuns: 100 },
    );
  });

  test("of a tombstone are an empty value with its headers for a version that does not know tombstones", () => {
    for (const headers of [undefined, { "taskwire-resolved": "purged" }]) {
      const bytes = written([{ key: "ab", headers, value: new Uint8Array(0), tombstone: true }]);
      // The length of the value with two flags, the lengths of key and headers, the key; then the headers as JSON.
      expect(bytes.readUInt32LE(0)).toBe(0xc0000000);
      expect([bytes.readUInt32LE(4), bytes.toString("utf8", 12, 14)]).toEqual([2, "ab"]);
      expect(bytes.length).toBe(14 + bytes.readUInt32LE(8));
      expect(JSON.parse(bytes.toString("utf8", 14))).toEqual(headers ?? {});
    }
  });

  test("reserved together fit without growing", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 50 }), (records) => {
        const writer = new RecordWriter();
        writer.reserve(
          records.length,
          records.reduce((sum, record) => sum + sizeOf(record), 0),
        );
        for (const record of records) writer.add(record);
        expect(readBack([writer.bytes()], 0).map(plain)).toEqual(records.map(plain));
      }),
    );
  });

  test("a chunk ends at 256 records, at 256 KiB, or behind one larger record", () => {
    const sizes = [10, CHUNK_BYTES * 3, 10, CHUNK_BYTES / 2 - 4, CHUNK_BYTES / 2 - 4, 1, ...Array(300).fill(1)];
    const chunks = [...cut(written(sizes.map((size) => ({ value: Buffer.alloc(size) }))))];
    expect(chunks.map(({ count }) => count)).toEqual([1, 1, 2, 256, 46]);
  });

  test("pieces hold at most 16 KiB of neighbours; a larger record has its own", () => {
    const sizes = [...Array(5000).fill(100), 1_000_000, ...Array(100).fill(100)];
    const bodies = [...cut(written(sizes.map((size) => ({ value: Buffer.alloc(size) }))))].map(({ body }) => body);
    const pieces = piecesOf(bodies);
    const large = pieces.filter(({ buffer }) => buffer.byteLength > 16 * 1024);
    expect(large.map((piece) => readBack([piece], 0).length)).toEqual([1]);
    expect(readBack(pieces, 0)).toHaveLength(5101);
  });

  test("can be skipped to the middle of a chunk", () => {
    const body = written(Array.from({ length: 10 }, (_, index) => ({ key: `k${index}`, value: Buffer.of(index) })));
    const rest = body.subarray(skip(body, 7));
    expect(readBack(piecesOf([rest]), 7).map(({ key, offset }) => `${offset}:${key}`)).toEqual([
      "7:k7",
      "8:k8",
      "9:k9",
    ]);
  });
});

describe("the checksum of a chunk", () => {
  const chunk = { first: 512, count: 2, before: 4096, at: 1_700_000_000_000, body: written([{ value: Buffer.of(1) }]) };

  test("covers its place, its facts and every bit of its records", () => {
    const right = checksumOf("orders", chunk);
    expect(checksumOf("orders", { ...chunk })).toBe(right);
    expect(checksumOf("mails", chunk)).not.toBe(right);
    for (const fact of ["first", "count", "before", "at"] as const) {
      expect(checksumOf("orders", { ...chunk, [fact]: chunk[fact] + 1 })).not.toBe(right);
    }
    for (let bit = 0; bit < chunk.body.length * 8; bit += 1) {
      const body = Buffer.from(chunk.body);
      body.writeUInt8(body.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(checksumOf("orders", { ...chunk, body })).not.toBe(right);
    }
  });
});
