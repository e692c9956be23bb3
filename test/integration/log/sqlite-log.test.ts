import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ForeignReaderError, StaleEpochError } from "#runtime/log/port.js";
import { numbered, records, text } from "../../conformance/log-support.js";
import { commitOf, LogHarness } from "./log-harness.js";

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

describe("several processes", () => {
  test("a record of another process wakes the reader", async () => {
    const reading = harness.read(harness.open(), "journal");
    await reading.assigned();
    const coming = reading.take(3);
    harness.appender(3);
    expect((await coming).map(text)).toEqual(["0", "1", "2"]);
  });

  test("kill -9 of an appending process loses nothing that was acknowledged", async () => {
    const child = harness.appender();
    const acknowledged: number[] = [];
    await new Promise<void>((resolve) => {
      child.on("message", (number: number) => {
        acknowledged.push(number);
        if (acknowledged.length === 200) resolve();
      });
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const reading = harness.read(harness.open(), "journal");
    const { end } = await reading.assigned();
    const stored = new Set((await reading.take(end)).map(text));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(acknowledged.filter((number) => !stored.has(String(number)))).toEqual([]);
  });

  test("a killed reader's socket file does not stop the next reader", async () => {
    await writeFile(`${harness.file}.bell`, "");
    const reading = harness.read(harness.open(), "journal");
    await reading.assigned();
    const coming = reading.take(1);
    await harness.open().append("orders", records("a"));
    expect((await coming).map(text)).toEqual(["a"]);
  });
});

describe("one journal a topic", () => {
  test("another journal is refused", async () => {
    await harness.read(harness.open(), "first").assigned();
    await expect(harness.read(harness.open(), "second").next()).rejects.toBeInstanceOf(ForeignReaderError);
  });

  test("a take-over reads again what the other journal held, also after a restart", async () => {
    const log = harness.open();
    await log.append("orders", numbered(10));
    const first = harness.read(log, "first");
    await first.reader.commit([commitOf((await first.assigned()).epoch, 8, 3)]);
    for (let start = 0; start < 2; start += 1) {
      const second = harness.read(harness.open(), "second", start === 0);
      // The other one may have handed out all that was there, whatever it had committed.
      expect(await second.assigned()).toMatchObject({ takenOver: true, committed: 10 });
      expect((await second.take(7)).map(text)).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
    }
    await expect(first.reader.commit([commitOf(1, 9)])).rejects.toBeInstanceOf(StaleEpochError);
  });

  test("a take-over from a journal that never committed starts from the beginning", async () => {
    const log = harness.open();
    await log.append("orders", numbered(3));
    await harness.read(log, "first").assigned();
    const second = harness.read(harness.open(), "second", true);
    expect(await second.assigned()).toMatchObject({ takenOver: true, committed: 3 });
    expect((await second.take(3)).map(text)).toEqual(["0", "1", "2"]);
  });

  test("a take-over is over when its journal has passed the end that it found", async () => {
    const log = harness.open();
    await log.append("orders", numbered(10));
    const first = harness.read(log, "first");
    await first.reader.commit([commitOf((await first.assigned()).epoch, 8, 3)]);
    const second = harness.read(harness.open(), "second", true);
    await second.reader.commit([commitOf((await second.assigned()).epoch, 10)]);
    expect(await harness.read(harness.open(), "second").assigned()).toMatchObject({ takenOver: false, committed: 10 });
  });
});

describe("the file", () => {
  test("another one under the same path has another identity", async () => {
    const log = harness.open();
    const { logId } = await harness.read(log, "journal").assigned();
    await log.close();
    await harness.removeFile();
    expect((await harness.read(harness.open(), "journal").assigned()).logId).not.toBe(logId);
  });

  test("removed while it is read ends the reader; appends go to the new one", async () => {
    const log = harness.open();
    const reading = harness.read(log, "journal");
    await reading.assigned();
    await harness.removeFile();
    await log.append("orders", records("a"));
    await expect(reading.next()).rejects.toMatchObject({ code: "log_replaced" });
    const after = harness.read(harness.open(), "journal");
    await after.assigned();
    expect((await after.take(1)).map(text)).toEqual(["a"]);
  });

  test("that is not a database, or another program's, is named", async () => {
    await writeFile(harness.file, "this is a text file, long enough to have a header of its own\n".repeat(100));
    await expect(harness.open().append("orders", records("a"))).rejects.toMatchObject({
      code: "log_not_a_database",
      message: expect.stringContaining(harness.file),
    });
    await rm(harness.file);
    new Database(harness.file).exec("CREATE TABLE theirs (id)").close();
    await expect(harness.open().append("orders", records("a"))).rejects.toMatchObject({ code: "log_not_a_log" });
  });

  test("that cannot be written is named; the log works once it can", async () => {
    harness.file = join(harness.folder, "missing", "log.db");
    const log = harness.open();
    await expect(log.append("orders", records("a"))).rejects.toMatchObject({
      code: "log_not_writable",
      message: expect.stringContaining(harness.file),
    });
    await writeFile(join(harness.folder, "other"), "");
    await mkdir(join(harness.folder, "missing"));
    expect(await log.append("orders", records("a"))).toHaveLength(1);
  });

  test("that is full refuses whole calls and takes smaller ones", async () => {
    const log = harness.open({ maxBytes: 256 * 1024 });
    await expect(log.append("orders", [...records("a"), { value: Buffer.alloc(1024 * 1024) }])).rejects.toMatchObject({
      code: "log_full",
      message: expect.stringContaining(harness.file),
    });
    const [small] = await Promise.all([
      log.append("orders", records("small")),
      expect(log.append("orders", [{ value: Buffer.alloc(1024 * 1024) }])).rejects.toMatchObject({ code: "log_full" }),
    ]);
    expect(small).toHaveLength(1);
    const reading = harness.read(log, "journal");
    expect(await reading.assigned()).toMatchObject({ first: 0, end: 1 });
    expect((await reading.take(1)).map(text)).toEqual(["small"]);
  });

  test("that is locked for too long is named; the log works afterwards", async () => {
    const log = harness.open({ busyTimeout: 50 });
    await log.open();
    const other = new Database(harness.file);
    other.exec("BEGIN IMMEDIATE");
    await expect(log.append("orders", records("a"))).rejects.toMatchObject({
      code: "log_locked",
      message: expect.stringContaining(harness.file),
    });
    other.exec("ROLLBACK");
    other.close();
    expect(await log.append("orders", records("a"))).toHaveLength(1);
  });
});
