import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock, numbered, ReaderProbe, records, text } from "../../conformance/log-support.js";
import { commitOf, LogHarness } from "./log-harness.js";

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

describe("trimming", () => {
  test("deletes whole chunks of what is settled and nothing above it", async () => {
    const log = harness.open();
    await log.append("orders", numbered(12_000));
    const reading = harness.read(log, "journal");
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 12_000, 11_000)]);
    await expect
      .poll(async () => {
        const again = harness.read(harness.open(), "journal");
        return (await again.assigned()).first;
      })
      .toBe(11_000 - (11_000 % 256));
  });

  test("does not happen to a topic without a reader", async () => {
    const log = harness.open();
    await log.append("mails", numbered(6000));
    await log.append("orders", numbered(6000));
    const reading = harness.read(log, "journal");
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 6000)]);
    await expect.poll(async () => (await harness.read(harness.open(), "journal").assigned()).first).toBe(6000);
    const mails = new ReaderProbe(log.read(["mails"], { group: "group", journal: "journal" }));
    expect((await mails.assigned()).first).toBe(0);
  });

  test("deletes what is more than 24 hours old below the position, although an older activation is not settled", async () => {
    const clock = new ManualClock();
    const log = harness.open({ clock });
    await log.append("orders", numbered(300));
    clock.advance(24 * 3_600_000 + 1);
    await log.append("orders", numbered(300, 300));
    const reading = harness.read(log);
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 500, 5)]);
    await expect.poll(async () => (await harness.read(harness.open()).assigned()).first).toBe(300);
    const again = harness.read(harness.open());
    expect(await again.assigned()).toMatchObject({ committed: 500, end: 600 });
    expect((await again.take(100)).map(text)).toEqual(numbered(100, 500).map(text));
  });

  test("below where a reader is leaves no gap for it: it continues with what is kept", async () => {
    const log = harness.open();
    await log.append("orders", numbered(9000));
    const reading = harness.read(log);
    const { epoch } = await reading.assigned();
    await reading.take(1);
    await reading.reader.commit([commitOf(epoch, 9000)]);
    const rest: number[] = [];
    while (rest.at(-1) !== 9000) {
      if (rest.length === 0) await log.append("orders", records("9000"));
      rest.push(...(await reading.batch()).records.map(({ offset }) => offset));
    }
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
  });

  test("gives space back to the disk, all but a reserve", async () => {
    const log = harness.open();
    const record = { value: Buffer.alloc(1024 * 1024, 7) };
    for (let count = 0; count < 80; count += 10) await log.append("orders", Array(10).fill(record));
    const reading = harness.read(log);
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 80)]);
    const db = new Database(harness.file);
    const megabytes = () =>
      (Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }))) /
      1024 ** 2;
    await expect.poll(megabytes).toBeLessThan(40);
    db.close();
    await log.append("orders", records("after"));
    const again = harness.read(harness.open());
    expect(await again.assigned()).toMatchObject({ first: 80, committed: 80, end: 81 });
    expect((await again.take(1)).map(text)).toEqual(["after"]);
  });
});

describe("scrubbing", () => {
  test("leaves nothing of a value in the file, small or large, alone in its chunk or not", async () => {
    const log = harness.open();
    const secret = (name: string, bytes: number) => Buffer.alloc(bytes, `secret ${name} `);
    await log.append("orders", [{ value: secret("alone", 100) }]);
    await log.append("orders", [
      { key: "before", value: Buffer.from("neighbour") },
      { value: secret("small", 100) },
      { value: secret("large", 100_000) },
      { value: secret("kept", 100) },
    ]);
    await log.append("orders", [{ value: secret("huge", 3_000_000) }]);
    await log.scrub(
      "orders",
      [0, 2, 3, 5].map((offset) => ({ partition: 0, offset })),
    );
    // The last one to close the file moves the write-ahead log into it and removes it.
    await log.close();
    const bytes = readFileSync(harness.file);
    const found = ["alone", "small", "large", "huge", "kept"].filter((name) => bytes.includes(`secret ${name}`));
    expect(found).toEqual(["kept"]);
    const { records } = await harness.open().browse("orders", 0, 0, 10);
    expect(records.map(({ value }) => value.length)).toEqual([0, 9, 0, 0, 100, 0]);
  });

  test("of thousands of records continues while others append, and keeps what they appended", async () => {
    const log = harness.open();
    await log.append("orders", numbered(30_000));
    const places = Array.from({ length: 15_000 }, (_, index) => ({ partition: 0, offset: index * 2 }));
    const scrubbing = log.scrub("orders", places);
    const other = harness.open();
    for (let number = 0; number < 20; number += 1) await other.append("orders", records(`new ${number}`));
    await scrubbing;
    let empty = 0;
    for (let next = 0, end = 1; next < end; ) {
      const found = await log.browse("orders", 0, next, 1000);
      empty += found.records.filter(({ value }) => value.length === 0).length;
      expect(found.records.every(({ offset, value }) => value.length > 0 || offset % 2 === 0)).toBe(true);
      ({ next, end } = found);
    }
    expect(empty).toBe(15_000);
    const { records: appended } = await log.browse("orders", 0, 30_000, 100);
    expect(appended.map(text)).toEqual(Array.from({ length: 20 }, (_, number) => `new ${number}`));
  });
});

describe("trimming by age", () => {
  test("gives the space of a large topic back to the disk", async () => {
    const log = harness.open();
    for (let turn = 0; turn < 60; turn += 1) await log.append("orders", [{ value: Buffer.alloc(1024 * 1024) }]);
    await log.trim("orders", Date.now() + 60_000);
    expect((await log.partitions("orders"))[0]).toMatchObject({ first: 60, end: 60 });
    const db = new Database(harness.file, { readonly: true });
    await expect
      .poll(() => Number(db.pragma("page_count", { simple: true })), { timeout: 20_000 })
      .toBeLessThan((40 * 1024 * 1024) / 8192);
    db.close();
  });
});
