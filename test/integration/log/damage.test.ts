import { readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Damaged, ReadRecord } from "#runtime/log/port.js";
import { numbered, type ReaderProbe, records, text } from "../../conformance/log-support.js";
import { commitOf, LogHarness } from "./log-harness.js";

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

/** Fills the topic "orders" with chunks of 256 records, then changes the closed file. */
async function damaged(count: number, change: (db: Database.Database) => void): Promise<void> {
  const log = harness.open();
  await log.append("orders", numbered(count));
  await log.close();
  const db = new Database(harness.file);
  change(db);
  db.close();
}

/** Reads up to the end of the topic. */
async function readAll(reading: ReaderProbe): Promise<{ readonly taken: ReadRecord[]; readonly lost: Damaged[] }> {
  const { end } = await reading.assigned();
  const taken: ReadRecord[] = [];
  const lost: Damaged[] = [];
  for (let next = 0; next < end; ) {
    const event = await reading.event();
    if (event.kind === "damaged") {
      lost.push(event);
      next = event.to;
    } else if (event.kind === "batch") {
      taken.push(...event.records);
      next = (event.records.at(-1)?.offset ?? 0) + 1;
    }
  }
  return { taken, lost };
}

const offsetsWithout = (count: number, ...gaps: readonly (readonly [from: number, to: number])[]) =>
  Array.from({ length: count }, (_, offset) => offset).filter(
    (offset) => !gaps.some(([from, to]) => offset >= from && offset < to),
  );

function expectExactly(taken: readonly ReadRecord[], offsets: readonly number[]): void {
  expect(taken.map(({ offset }) => offset)).toEqual(offsets);
  expect(taken.map(text)).toEqual(offsets.map(String));
}

describe("a damaged chunk", () => {
  test("whose bit flipped is named with its offsets; all others are read", async () => {
    await damaged(3000, (db) => {
      for (const first of [256, 512, 1536]) {
        const body = db.prepare<unknown[], Buffer>("SELECT body FROM chunks_1 WHERE first = ?").pluck().get(first);
        if (body === undefined) throw new Error(`no chunk at ${first}`);
        body.writeUInt8(body.readUInt8(first % body.length) ^ 8, first % body.length);
        db.prepare("UPDATE chunks_1 SET body = ? WHERE first = ?").run(body, first);
      }
    });
    const { taken, lost } = await readAll(harness.read(harness.open()));
    expect(lost.map(({ from, to }) => [from, to])).toEqual([
      [256, 512],
      [512, 768],
      [1536, 1792],
    ]);
    expect(lost[0]).toMatchObject({ topic: "orders", partition: 0, error: expect.stringContaining("checksum") });
    expectExactly(taken, offsetsWithout(3000, [256, 768], [1536, 1792]));
  });

  test("whose facts changed is named with the offsets that its neighbours leave", async () => {
    await damaged(1024, (db) => {
      db.exec(
        "UPDATE chunks_1 SET count = 1000000 WHERE first = 256; UPDATE chunks_1 SET at = at + 1 WHERE first = 512",
      );
    });
    const { taken, lost } = await readAll(harness.read(harness.open()));
    expect(lost.map(({ from, to }) => [from, to])).toEqual([
      [256, 512],
      [512, 768],
    ]);
    expectExactly(taken, offsetsWithout(1024, [256, 768]));
  });

  test("stops a browse at its offsets, which continues after it; a scrub empties all others and names it", async () => {
    await damaged(1024, (db) => db.exec("UPDATE chunks_1 SET crc = crc + 1 WHERE first IN (256, 512)"));
    const log = harness.open();
    const walked: ReadRecord[] = [];
    const lost: [number, number][] = [];
    for (let next = 0, end = 1; next < end; ) {
      const found = await log.browse("orders", 0, next, 200);
      expect(found.damaged === undefined || found.records.length === 0).toBe(true);
      if (found.damaged !== undefined) {
        expect(found.damaged.error).toContain("checksum");
        lost.push([found.damaged.from, found.next]);
      }
      walked.push(...found.records);
      ({ next, end } = found);
    }
    expect(lost).toEqual([
      [256, 512],
      [512, 768],
    ]);
    expectExactly(walked, offsetsWithout(1024, [256, 768]));
    const places = [1, 300, 700, 1000].map((offset) => ({ partition: 0, offset }));
    await expect(log.scrub("orders", places)).rejects.toMatchObject({
      code: "log_corrupt",
      message: expect.stringContaining("damaged at 2 of these offsets (300, 700)"),
    });
    for (const offset of [1, 1000]) expect((await log.browse("orders", 0, offset, 1)).records.map(text)).toEqual([""]);
  });

  test("that is missing is named", async () => {
    await damaged(1024, (db) => db.exec("DELETE FROM chunks_1 WHERE first IN (256, 512)"));
    const { taken, lost } = await readAll(harness.read(harness.open()));
    expect(lost.map(({ from, to, error }) => [from, to, error])).toEqual([[256, 768, "the chunk is missing"]]);
    expectExactly(taken, offsetsWithout(1024, [256, 768]));
  });

  test("whose pages lead nowhere is named, and does not stop what comes when it cannot be trimmed", async () => {
    // Without its map of pages, as files of format 1 are, SQLite finds no other way to the next one.
    const made = new Database(harness.file);
    made.pragma("journal_mode = WAL");
    made.close();
    const log = harness.open();
    await log.append("orders", numbered(100));
    await log.append("orders", [{ value: Buffer.alloc(100_000, "here it lies") }]);
    await log.append("orders", numbered(5000, 101));
    await log.close();
    const file = readFileSync(harness.file);
    const pageBytes = file.readUInt16BE(16);
    const page = Math.floor(file.indexOf("here it lies", file.indexOf("here it lies") + 3 * pageBytes) / pageBytes);
    file.writeUInt32BE(0xfffffff0, page * pageBytes);
    writeFileSync(harness.file, file);
    const again = harness.open();
    const reading = harness.read(again);
    const { taken, lost } = await readAll(reading);
    expect(lost.map(({ from, to }) => [from, to])).toEqual([[100, 101]]);
    expectExactly(taken, offsetsWithout(5101, [100, 101]));
    await expect(reading.reader.commit([commitOf(1, 5101)])).rejects.toMatchObject({ code: "log_corrupt" });
    await again.append("orders", records("5101"));
    expect((await reading.take(1)).map(text)).toEqual(["5101"]);
    await reading.reader.commit([commitOf(1, 5102)]);
    expect(await harness.read(harness.open()).assigned()).toMatchObject({ committed: 5102, first: 0 });
  });

  test("at the end is named once; what is appended later is read", async () => {
    await damaged(300, (db) => db.exec("UPDATE chunks_1 SET crc = crc + 1 WHERE first = 256"));
    const log = harness.open();
    const reading = harness.read(log);
    const { epoch } = await reading.assigned();
    await reading.take(256);
    expect(await reading.event()).toMatchObject({ kind: "damaged", from: 256, to: 300 });
    expect(await reading.isQuiet(() => log.everRead("orders", "group"))).toBe(true);
    await log.append("orders", records("300"));
    expect((await reading.take(1)).map(({ offset }) => offset)).toEqual([300]);
    await reading.reader.commit([commitOf(epoch, 301)]);
    const other = harness.open();
    const again = harness.read(other);
    expect(await again.assigned()).toMatchObject({ committed: 301, end: 301 });
    expect(await again.isQuiet(() => other.everRead("orders", "group"))).toBe(true);
  });

  test("is trimmed like any other", async () => {
    await damaged(1024, (db) => db.exec("UPDATE chunks_1 SET crc = crc + 1 WHERE first = 0"));
    const reading = harness.read(harness.open());
    const { epoch } = await reading.assigned();
    await reading.reader.commit([commitOf(epoch, 600)]);
    await expect.poll(async () => (await harness.read(harness.open()).assigned()).first).toBe(512);
  });
});

describe("the bounds of a topic", () => {
  test.each([
    ["an end below its chunks", "UPDATE topics SET next = next - 1"],
    ["an end far behind its chunks", "UPDATE topics SET next = next + 4096"],
    ["a beginning behind its first chunk", "UPDATE topics SET first = 64"],
    ["chunks that are all gone", "DELETE FROM chunks_1"],
  ])("%s: nothing is appended or read", async (_, change) => {
    await damaged(1024, (db) => db.exec(change));
    await expect(harness.open().append("orders", records("a"))).rejects.toMatchObject({
      code: "log_corrupt",
      message: expect.stringContaining('"orders"'),
    });
    await expect(harness.read(harness.open()).next()).rejects.toMatchObject({ code: "log_corrupt" });
  });
});
