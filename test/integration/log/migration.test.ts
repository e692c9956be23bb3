import { once } from "node:events";
import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { numbered, ReaderProbe, records, text } from "../../conformance/log-support.js";
import { commitOf, LogHarness } from "./log-harness.js";

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

/** A file of format 1, as taskwire wrote it: one row a record. */
function writeFormat1(): Database.Database {
  const db = new Database(harness.file);
  db.pragma("journal_mode = WAL");
  db.exec(`
    CREATE TABLE log (uuid TEXT NOT NULL);
    CREATE TABLE topics (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
    CREATE TABLE readers (topic INTEGER PRIMARY KEY REFERENCES topics (id), journal TEXT NOT NULL, epoch INTEGER NOT NULL,
      position INTEGER, unsettled INTEGER, note TEXT NOT NULL, taken_until INTEGER, bell TEXT);
    CREATE TABLE unique_keys (key TEXT PRIMARY KEY, topic TEXT NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX unique_keys_by_age ON unique_keys (at);
    PRAGMA application_id = ${0x74776c67};
    PRAGMA user_version = 1;
    INSERT INTO log VALUES ('11111111-2222-4333-8444-555555555555');
  `);
  return db;
}

function addTopic(db: Database.Database, id: number, name: string, count: number, value: (offset: number) => Buffer) {
  db.prepare("INSERT INTO topics (id, name) VALUES (?, ?)").run(id, name);
  db.exec(
    `CREATE TABLE records_${id} (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, headers TEXT, value BLOB NOT NULL)`,
  );
  const insert = db.prepare(`INSERT INTO records_${id} (key, headers, value) VALUES (?, ?, ?)`);
  db.transaction(() => {
    for (let offset = 0; offset < count; offset += 1) {
      const odd = offset % 2 === 1;
      insert.run(odd ? `key ${offset}` : null, odd ? '{"taskwire-root":"ä"}' : null, value(offset));
    }
  })();
}

const number = (offset: number) => Buffer.from(String(offset));

describe("a file of format 1", () => {
  test("becomes one of the present format: records keep offset, key and headers, readers their position", async () => {
    const now = Date.now();
    const db = writeFormat1();
    addTopic(db, 1, "orders", 1000, number);
    db.exec("DELETE FROM records_1 WHERE id <= 300");
    addTopic(db, 2, "mails", 10, number);
    db.exec("DELETE FROM records_2");
    addTopic(db, 3, "unused", 0, number);
    db.exec("INSERT INTO readers VALUES (1, 'journal', 7, 400, 350, 'note', NULL, NULL)");
    db.prepare("INSERT INTO unique_keys VALUES ('slot', 'orders', 999, ?)").run(now);
    db.close();

    const log = harness.open();
    expect((await log.append("orders", records("1000")))[0]?.offset).toBe(1000);
    expect((await log.append("mails", records("10")))[0]?.offset).toBe(10);
    expect((await log.append("unused", records("0")))[0]?.offset).toBe(0);
    expect((await log.append("orders", records("slot"), { uniqueKey: "slot" }))[0]?.offset).toBe(999);
    const reading = harness.read(log);
    expect(await reading.assigned()).toMatchObject({
      logId: "11111111-2222-4333-8444-555555555555",
      first: 300,
      end: 1001,
      committed: 400,
      epoch: 8,
    });
    const file = new Database(harness.file, { readonly: true });
    expect(file.prepare("SELECT note FROM readers").pluck().all()).toEqual(["note"]);
    file.close();
    const taken = await reading.take(601);
    expect(taken.map(({ offset }) => offset)).toEqual(Array.from({ length: 601 }, (_, index) => 400 + index));
    expect(taken.map(text)).toEqual(numbered(601, 400).map(text));
    expect(taken.slice(0, 2).map(({ key, headers }) => [key, headers])).toEqual([
      [undefined, undefined],
      ["key 401", { "taskwire-root": "ä" }],
    ]);
    await reading.reader.commit([commitOf(8, 1001)]);
    const mails = new ReaderProbe(log.read(["mails"], { group: "group", journal: "journal" }));
    expect(await mails.assigned()).toMatchObject({ first: 10, end: 11 });
  });

  test("keeps a gap between its records as a gap", async () => {
    const db = writeFormat1();
    addTopic(db, 1, "orders", 100, number);
    db.exec("DELETE FROM records_1 WHERE id BETWEEN 41 AND 50");
    db.close();
    const reading = harness.read(harness.open());
    await reading.assigned();
    expect((await reading.take(40)).map(text)).toEqual(numbered(40).map(text));
    expect(await reading.event()).toMatchObject({ kind: "damaged", from: 40, to: 50 });
    expect((await reading.take(50)).map(text)).toEqual(numbered(50, 50).map(text));
  });

  test("survives kill -9 in the middle of the change", async () => {
    const db = writeFormat1();
    addTopic(db, 1, "orders", 20_000, (offset) => Buffer.alloc(500, String(offset)));
    db.close();
    const child = harness.appender(1);
    const exited = once(child, "exit");
    const walBytes = () => statSync(`${harness.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    while (walBytes() < 2 * 1024 * 1024 && child.exitCode === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill("SIGKILL");
    expect((await exited)[1]).toBe("SIGKILL");
    const before = new Database(harness.file);
    expect(before.pragma("user_version", { simple: true })).toBe(1);
    before.close();
    const reading = harness.read(harness.open());
    expect(await reading.assigned()).toMatchObject({ first: 0, end: 20_000 });
    const taken = await reading.take(20_000);
    expect(taken.every(({ value, offset }) => Buffer.alloc(500, String(offset)).equals(value))).toBe(true);
  });
});

describe("a file of a newer format", () => {
  test("is refused by name and left as it is", async () => {
    const log = harness.open();
    await log.append("orders", records("a"));
    await log.close();
    const db = new Database(harness.file);
    db.pragma("user_version = 3");
    db.close();
    await expect(harness.open().append("orders", records("b"))).rejects.toMatchObject({
      code: "log_format",
      message: expect.stringMatching(/format 3.*formats 1 to 2/),
    });
    const after = new Database(harness.file);
    expect(after.prepare("SELECT next FROM topics").pluck().all()).toEqual([1]);
    after.close();
  });
});
