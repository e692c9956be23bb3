import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Commit, ForeignReaderError, StaleEpochError } from "#runtime/log/port.js";
import { type SqliteLog, sqliteLog } from "#runtime/log/sqlite/log.js";
import { numbered, Reading, records, text } from "../../conformance/log-support.js";

let folder: string;
let file: string;
const logs: SqliteLog[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "taskwire-sqlite-"));
  file = join(folder, "log.db");
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await rm(folder, { recursive: true });
});

function open(options: { readonly busyTimeout?: number; readonly maxBytes?: number } = {}): SqliteLog {
  const log = sqliteLog({ file, ...options });
  logs.push(log);
  return log;
}

function read(log: SqliteLog, journal: string, takeOver = false): Reading {
  return new Reading(log.read(["orders"], { group: "group", journal, takeOver }));
}

function commitOf(epoch: number, offset: number, unsettled = offset): Commit {
  return { topic: "orders", partition: 0, epoch, offset, unsettled, note: "" };
}

function appender(count?: number): ChildProcess {
  const script = new URL("appender.mjs", import.meta.url).pathname;
  const module = import.meta.resolve("#runtime/log/sqlite/log.js");
  const child = fork(script, [module, file, ...(count === undefined ? [] : [String(count)])]);
  children.push(child);
  return child;
}

describe("several processes", () => {
  test("a record of another process wakes the reader", async () => {
    const reading = read(open(), "journal");
    await reading.assigned();
    const coming = reading.take(3);
    appender(3);
    expect((await coming).map(text)).toEqual(["0", "1", "2"]);
  });

  test("kill -9 of an appending process loses nothing that was acknowledged", async () => {
    const child = appender();
    const acknowledged: number[] = [];
    await new Promise<void>((resolve) => {
      child.on("message", (number: number) => {
        acknowledged.push(number);
        if (acknowledged.length === 200) resolve();
      });
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const reading = read(open(), "journal");
    const { end } = await reading.assigned();
    const stored = new Set((await reading.take(end)).map(text));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(acknowledged.filter((number) => !stored.has(String(number)))).toEqual([]);
  });

  test("a killed reader's socket file does not stop the next reader", async () => {
    await writeFile(`${file}.bell`, "");
    const reading = read(open(), "journal");
    await reading.assigned();
    const coming = reading.take(1);
    await open().append("orders", records("a"));
    expect((await coming).map(text)).toEqual(["a"]);
  });
});

describe("one journal a topic", () => {
  test("another journal is refused", async () => {
    await read(open(), "first").assigned();
    await expect(read(open(), "second").next()).rejects.toBeInstanceOf(ForeignReaderError);
  });

  test("a take-over reads again what the other journal held, also after a restart", async () => {
    const log = open();
    await log.append("orders", numbered(10));
    const first = read(log, "first");
    await first.reader.commit([commitOf((await first.assigned()).epoch, 8, 3)]);
    for (let start = 0; start < 2; start += 1) {
      const second = read(open(), "second", start === 0);
      expect(await second.assigned()).toMatchObject({ takenOver: true, committed: 8 });
      expect((await second.take(7)).map(text)).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
    }
    await expect(first.reader.commit([commitOf(1, 9)])).rejects.toBeInstanceOf(StaleEpochError);
  });

  test("a take-over is over when its journal has passed the old position", async () => {
    const log = open();
    await log.append("orders", numbered(10));
    const first = read(log, "first");
    await first.reader.commit([commitOf((await first.assigned()).epoch, 8, 3)]);
    const second = read(open(), "second", true);
    await second.reader.commit([commitOf((await second.assigned()).epoch, 9)]);
    expect(await read(open(), "second").assigned()).toMatchObject({ takenOver: false, committed: 9 });
  });
});

describe("trimming", () => {
  test("deletes whole chunks of what is settled and nothing above it", async () => {
    const log = open();
    await log.append("orders", numbered(12_000));
    const reading = read(log, "journal");
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 12_000, 11_000)]);
    await expect
      .poll(async () => {
        const again = read(open(), "journal");
        return (await again.assigned()).first;
      })
      .toBe(11_000 - (11_000 % 256));
  });

  test("does not happen to a topic without a reader", async () => {
    const log = open();
    await log.append("mails", numbered(6000));
    await log.append("orders", numbered(6000));
    const reading = read(log, "journal");
    await reading.reader.commit([commitOf((await reading.assigned()).epoch, 6000)]);
    await expect.poll(async () => (await read(open(), "journal").assigned()).first).toBe(6000);
    const mails = new Reading(log.read(["mails"], { group: "group", journal: "journal" }));
    expect((await mails.assigned()).first).toBe(0);
  });
});

describe("the file", () => {
  test("another one under the same path has another identity", async () => {
    const log = open();
    const { logId } = await read(log, "journal").assigned();
    await log.close();
    await Promise.all([rm(file), rm(`${file}-wal`, { force: true }), rm(`${file}-shm`, { force: true })]);
    expect((await read(open(), "journal").assigned()).logId).not.toBe(logId);
  });

  test("removed while it is read ends the reader; appends go to the new one", async () => {
    const log = open();
    const reading = read(log, "journal");
    await reading.assigned();
    await Promise.all([rm(file), rm(`${file}-wal`, { force: true }), rm(`${file}-shm`, { force: true })]);
    await log.append("orders", records("a"));
    await expect(reading.next()).rejects.toMatchObject({ code: "log_replaced" });
    const after = read(open(), "journal");
    await after.assigned();
    expect((await after.take(1)).map(text)).toEqual(["a"]);
  });

  test("that is not a database, or another program's, is named", async () => {
    await writeFile(file, "this is a text file, long enough to have a header of its own\n".repeat(100));
    await expect(open().append("orders", records("a"))).rejects.toMatchObject({
      code: "log_not_a_database",
      message: expect.stringContaining(file),
    });
    await rm(file);
    new Database(file).exec("CREATE TABLE theirs (id)").close();
    await expect(open().append("orders", records("a"))).rejects.toMatchObject({ code: "log_not_a_log" });
  });

  test("that cannot be written is named; the log works once it can", async () => {
    file = join(folder, "missing", "log.db");
    const log = open();
    await expect(log.append("orders", records("a"))).rejects.toMatchObject({
      code: "log_not_writable",
      message: expect.stringContaining(file),
    });
    await writeFile(join(folder, "other"), "");
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(folder, "missing"));
    expect(await log.append("orders", records("a"))).toHaveLength(1);
  });

  test("that is full refuses whole calls and takes smaller ones", async () => {
    const log = open({ maxBytes: 256 * 1024 });
    await expect(log.append("orders", [...records("a"), { value: Buffer.alloc(1024 * 1024) }])).rejects.toMatchObject({
      code: "log_full",
      message: expect.stringContaining(file),
    });
    const [small] = await Promise.all([
      log.append("orders", records("small")),
      expect(log.append("orders", [{ value: Buffer.alloc(1024 * 1024) }])).rejects.toMatchObject({ code: "log_full" }),
    ]);
    expect(small).toHaveLength(1);
    const reading = read(log, "journal");
    expect(await reading.assigned()).toMatchObject({ first: 0, end: 1 });
    expect((await reading.take(1)).map(text)).toEqual(["small"]);
  });

  test("that is locked for too long is named; the log works afterwards", async () => {
    const log = open({ busyTimeout: 50 });
    await log.open();
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(log.append("orders", records("a"))).rejects.toMatchObject({
      code: "log_locked",
      message: expect.stringContaining(file),
    });
    other.exec("ROLLBACK");
    other.close();
    expect(await log.append("orders", records("a"))).toHaveLength(1);
  });
});
