import { describe, expect, test } from "vitest";
import { sectionsOf } from "#runtime/log/kafka/connection/fetch-answer.js";
import { recordsFrom } from "#runtime/log/kafka/fetch/fetched-records.js";

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const named = (name: string) => Buffer.concat([int16(name.length), Buffer.from(name)]);

/** A batch without records, as compaction leaves one. */
function batch(base: number, lastDelta: number, magic = 2): Buffer {
  const rest = Buffer.concat([
    ...[int32(0), Buffer.from([magic]), int32(0), int16(0), int32(lastDelta)],
    ...[int64(0), int64(0), int64(-1), int16(-1), int32(-1), int32(0)],
  ]);
  return Buffer.concat([int64(base), int32(rest.length), rest]);
}

function partition(version: number, id: number, batches: Buffer, { error = 0, aborted = 0 } = {}): Buffer {
  return Buffer.concat([
    ...[int32(id), int16(error), int64(77), int64(77)],
    ...(version >= 5 ? [int64(0)] : []),
    int32(aborted === 0 ? -1 : aborted),
    ...Array.from({ length: aborted }, () => Buffer.alloc(16)),
    ...(version >= 11 ? [int32(-1)] : []),
    ...[int32(batches.length), batches],
  ]);
}

function answer(version: number, topics: Readonly<Record<string, readonly Buffer[]>>): Buffer {
  const head = version >= 7 ? [int32(0), int16(0), int32(0)] : [int32(0)];
  const list = Object.entries(topics).map(([topic, partitions]) =>
    Buffer.concat([named(topic), int32(partitions.length), ...partitions]),
  );
  return Buffer.concat([...head, int32(list.length), ...list]);
}

const seen = (bytes: Buffer, version: number) =>
  sectionsOf(bytes, version)?.map(({ topic, partition, errorCode, behind }) => [topic, partition, errorCode, behind]);

describe("a fetch answer of Kafka", () => {
  test.each([4, 5, 7, 11])("in version %i says how far each partition's batches reach, empty or not", (version) => {
    const two = Buffer.concat([batch(10, 4), batch(20, 9)]);
    const bytes = answer(version, {
      first: [partition(version, 0, two, { aborted: 2 }), partition(version, 3, Buffer.alloc(0), { error: 3 })],
      second: [partition(version, 1, batch(5, 0))],
    });
    expect(seen(bytes, version)).toEqual([
      ["first", 0, 0, 30],
      ["first", 3, 3, undefined],
      ["second", 1, 0, 6],
    ]);
  });

  test("that is cut in its last batch reaches as far as the batch before", () => {
    const whole = batch(20, 9);
    const cut = Buffer.concat([batch(10, 4), whole.subarray(0, whole.length - 1)]);
    expect(seen(answer(11, { first: [partition(11, 0, cut)] }), 11)).toEqual([["first", 0, 0, 15]]);
  });

  test("with batches of the old form, or of another version, leaves it to the records", () => {
    expect(seen(answer(4, { first: [partition(4, 0, batch(10, 4, 1))] }), 4)).toEqual([["first", 0, 0, undefined]]);
    expect(sectionsOf(Buffer.alloc(0), 3)).toBeUndefined();
    expect(sectionsOf(Buffer.alloc(0), 12)).toBeUndefined();
  });

  test("gives a partition alone, so that one that cannot be decoded takes none along", () => {
    const bytes = answer(11, {
      first: [partition(11, 0, batch(10, 4)), partition(11, 1, batch(20, 4))],
      second: [partition(11, 1, batch(5, 0))],
    });
    const alone = sectionsOf(bytes, 11)?.[1]?.alone();
    expect(alone && seen(alone, 11)).toEqual([["first", 1, 0, 25]]);
  });
});

test("a record without a value is distinguished from one whose value is empty", () => {
  const record = { offset: "4", key: Buffer.from("k"), headers: {}, isControlRecord: false };
  const read = (value: Buffer | null) =>
    recordsFrom({ partition: 0, highWatermark: "9", messages: [{ ...record, value }] }, 4).records;
  expect(read(null)).toMatchObject([{ key: "k", tombstone: true }]);
  expect(read(Buffer.alloc(0))[0]).not.toHaveProperty("tombstone");
});

describe("reading continues", () => {
  const record = (offset: number, isControlRecord = false) => ({
    ...{ offset: String(offset), key: null, value: Buffer.from("x"), headers: {}, isControlRecord },
  });
  const part = { partition: 0, highWatermark: "9", abortedTransactions: [] };

  test("behind a batch that compaction emptied, and behind a gap at the end of one", () => {
    expect(recordsFrom({ ...part, messages: [], behind: 9 }, 4)).toEqual({ records: [], next: 9 });
    const { records, next } = recordsFrom({ ...part, messages: [record(4)], behind: 9 }, 4);
    expect([records.map(({ offset }) => offset), next]).toEqual([[4], 9]);
  });

  test("behind a marker of a transaction, and never backwards", () => {
    expect(recordsFrom({ ...part, messages: [record(8, true)], behind: 9 }, 8)).toEqual({ records: [], next: 9 });
    expect(recordsFrom({ ...part, messages: [record(4)], behind: 5 }, 7).next).toBe(7);
  });
});
