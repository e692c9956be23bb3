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
