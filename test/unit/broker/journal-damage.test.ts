import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredRow } from "#runtime/broker/inflight/row.js";
import { Journal, type JournalError } from "#runtime/broker/journal/journal.js";
import { type Opened, openStore } from "#runtime/broker/journal/open.js";
import { changes, plain, row } from "../../support/journal.js";

/** Bit flips of each kind; the full size is 500. */
const FLIPS = Number(process.env.TASKWIRE_FLIPS ?? 60);
const ROWS = 120;
const PAGE = 4096;
const EVERYTHING = { due: -1, seq: -1 };

let folder: string;
let file: string;
/** A journal that was closed in peace; every case damages a copy of it. */
let intact: string;
let rows: StoredRow[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-damage-"));
  file = join(folder, "p.inflight.db");
  intact = join(folder, "intact");
  rows = Array.from({ length: ROWS }, (_, index) => storedRow(index + 1));
  const { store } = openStore(file, {});
  store.commit(
    changes(1, {
      partitions: [0, 1].map((partition) => ({
        topic: "work",
        partition,
        logId: "log",
        position: 1000 + partition,
        done: [],
      })),
      workers: ["w1", "w2"],
      finished: [{ hash: 5n, until: 99 }],
    }),
    rows,
  );
  store.close();
  // The pages of every table one behind the other.
  const database = new Database(file);
  database.exec("VACUUM");
  database.close();
  for (const side of ["", "-commits"]) copyFileSync(file + side, intact + side);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function storedRow(seq: number): StoredRow {
  const state = (["pending", "delayed", "parked", "processing"] as const)[seq % 4] ?? "pending";
  return row(seq, {
    state,
    partition: seq % 2,
    task: `t${seq % 3}`,
    due: state === "delayed" ? 1000 + seq : 0,
    atMostOnce: seq % 8 < 4,
    claim: state === "processing" ? seq : 0,
    payload: Uint8Array.from(randomBytes(seq % 40 === 0 ? 9000 : 500)),
  });
}

/** The intact file in its place again, as if nothing had happened. */
function restore(): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith("p.") || name === "quarantine") rmSync(join(folder, name), { recursive: true });
  }
  for (const side of ["", "-commits"]) copyFileSync(intact + side, file + side);
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

function flip(path: string, at: number, bit: number): void {
  const descriptor = openSync(path, "r");
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, at);
  closeSync(descriptor);
  overwrite(path, at, Buffer.of(byte.readUInt8() ^ (1 << bit)));
}

function pick(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** All rows, read on the ways by which they come to workers. Throws when one is damaged. */
function readAll({ store, recovered }: Opened): StoredRow[] {
  const tasks = ["t0", "t1", "t2"];
  const all = [
    ...recovered.rows,
    ...store.load(EVERYTHING, Number.MAX_VALUE, 10_000).rows,
    ...store.unpark({ application: "app", namespace: "n", tasks, limit: 10_000 }),
  ];
  return plain(all).sort((a, b) => a.seq - b.seq);
}

/** Reads all rows as a broker would: at damage it starts again, which rebuilds the file. */
function readWithRestart(): { opened: Opened; all: StoredRow[] } {
  const opened = openStore(file, {});
  try {
    const all = readAll(opened);
    while (opened.store.tidy(0, false));
    return { opened, all };
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(journal_damaged|SQLITE_CORRUPT)/) });
    opened.store.markDamaged(error);
    opened.store.close();
    const again = openStore(file, {});
    return { opened: again, all: readAll(again) };
  }
}

/** One short text a row: a difference between hundreds of rows is then quick to say. */
function texts(all: readonly StoredRow[]): string[] {
  return all.map((each) => {
    const hash = createHash("sha1").update(each.payload);
    return `${each.id} ${hash.update(JSON.stringify({ ...each, payload: "" })).digest("hex")}`;
  });
}

/** What is there is true, and what is not is named. */
function expectAccounted({ opened, all }: ReturnType<typeof readWithRestart>): void {
  const { quarantine } = opened.store;
  if (quarantine === undefined) {
    expect(texts(all)).toEqual(texts(rows));
    return;
  }
  const there = new Set(all.map(({ seq }) => seq));
  expect(texts(all)).toEqual(texts(rows.filter(({ seq }) => there.has(seq))));
  expect(quarantine.carriedOver).toBe(all.length);
  expect(existsSync(quarantine.file)).toBe(true);
  if (quarantine.uuidKept) {
    for (const { topic, partition, position, logId } of opened.recovered.partitions) {
      expect({ topic, position, logId }).toEqual({ topic: "work", position: 0, logId: "log" });
      const rebuilt = opened.recovered.rebuilt.find((each) => each.partition === partition);
      expect(rebuilt?.until).toBeGreaterThanOrEqual(1000 + partition);
      const kept = all.filter((each) => each.partition === partition).map(({ offset }) => offset);
      expect([...(rebuilt?.kept ?? [])].sort((a, b) => a - b)).toEqual(kept);
    }
    expect(opened.recovered.partitions).toHaveLength(2);
  } else {
    expect(opened.recovered.boot).toBeGreaterThan(1);
  }
  opened.store.commit(changes(2, { deletes: all.map(({ seq }) => seq) }), [row(9000)]);
  expect(opened.store.report().bytes).toBeGreaterThan(0);
}

describe("a damaged in-flight file", () => {
  it.each([
    ["a header of noise", () => overwrite(file, 0, randomBytes(100))],
    ["a page of noise in front", () => overwrite(file, 0, randomBytes(PAGE))],
    ["another file under its name", () => writeFileSync(file, "x".repeat(50_000))],
    ["an empty file under its name", () => truncateSync(file, 0)],
    ["a file that lost its end", () => truncateSync(file, 20 * PAGE)],
    [
      "a missing table",
      () => {
        const database = new Database(file);
        database.exec("DROP TABLE finished");
        database.close();
      },
    ],
    [
      "a database of another program",
      () => {
        rmSync(file);
        const database = new Database(file);
        database.exec("CREATE TABLE t (a)");
        database.close();
      },
    ],
  ])("is put aside and the broker serves again: %s", (_, damage) => {
    damage();
    const bytes = readFileSync(file);
    const found = readWithRestart();
    const { quarantine } = found.opened.store;
    // SQLite counts in the first page how often a file was opened.
    expect(readFileSync(quarantine?.file ?? "").subarray(PAGE)).toEqual(bytes.subarray(PAGE));
    expect(quarantine?.file).toMatch(/quarantine[\\/]p\.inflight\.\d{8}T\d{6}Z\.db$/);
    expectAccounted(found);
    found.opened.store.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("p."))).toEqual([
      "p.inflight.db",
      "p.inflight.db-commits",
    ]);
  });

  it("loses the rows of a damaged page only, whichever page it is", () => {
    const pages = readFileSync(file).length / PAGE;
    let carriedOver = 0;
    for (let page = 1; page < pages; page += 1) {
      restore();
      overwrite(file, page * PAGE, randomBytes(PAGE));
      const found = readWithRestart();
      expectAccounted(found);
      expect(found.opened.store.quarantine, `page ${page + 1} of ${pages}`).toBeDefined();
      carriedOver += found.all.length;
      found.opened.store.close();
    }
    // Pages of rows hold up to 8 of them; only those in which a table or its partitions begin cost more.
    expect(carriedOver / pages).toBeGreaterThan(ROWS * 0.85);
  });

  it(`notices each of ${FLIPS} flipped bits of payloads before the row is seen, and names the row`, () => {
    const bytes = readFileSync(intact);
    for (let round = 0; round < FLIPS; round += 1) {
      restore();
      const victim = rows[pick(ROWS)] ?? row(0);
      // The beginning of a payload lies in one page; copies that SQLite left in free bytes lie in front.
      const inPage = victim.payload.subarray(0, 400);
      const at = bytes.lastIndexOf(inPage);
      expect(at).toBeGreaterThan(0);
      flip(file, at + pick(inPage.length), pick(8));
      const found = readWithRestart();
      expect(texts(found.all)).toEqual(texts(rows.filter((each) => each !== victim)));
      const { topic, partition, offset, id } = victim;
      expect(found.opened.store.quarantine).toMatchObject({ lost: [{ topic, partition, offset, id }], lostCount: 1 });
      expectAccounted(found);
      found.opened.store.close();
    }
  });

  it.each(["id", "namespace", "task", "application", "topic", "state", "worker"])(
    "loses the row whose column %s turned from a string into the same bytes, and names it",
    (column) => {
      const database = new Database(file);
      database.unsafeMode();
      database.pragma("writable_schema = 1");
      const schema = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'rows'";
      database.prepare(schema).run(") STRICT", ")");
      database.pragma("writable_schema = RESET");
      database.prepare(`UPDATE rows SET ${column} = CAST(${column} AS BLOB) WHERE seq = 7`).run();
      database.pragma("writable_schema = 1");
      database.prepare("UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'rows'").run();
      database.close();
      const found = readWithRestart();
      expect(texts(found.all)).toEqual(texts(rows.filter(({ seq }) => seq !== 7)));
      expect(found.opened.store.quarantine).toMatchObject({ lostCount: 1 });
      expectAccounted(found);
      found.opened.store.close();
    },
  );

  it(`never gives a wrong row or misses one after any of ${FLIPS} flipped bits anywhere`, () => {
    const size = readFileSync(intact).length;
    for (let round = 0; round < FLIPS; round += 1) {
      restore();
      const at = pick(size);
      const bit = pick(8);
      flip(file, at, bit);
      let found: ReturnType<typeof readWithRestart>;
      try {
        found = readWithRestart();
      } catch (error) {
        // The version in the header (byte 63) read as a newer one.
        expect([at, error]).toEqual([63, expect.objectContaining({ code: "journal_newer" })]);
        continue;
      }
      expectAccounted(found);
      found.opened.store.close();
    }
  });

  it("is noticed when the end of the write-ahead log is damaged, and what may have run then never runs again", () => {
    for (let round = 0; round < FLIPS / 4; round += 1) {
      restore();
      const { store } = openStore(file, {});
      const claim = (seq: number) => {
        const claimed = {
          state: "processing" as const,
          processingAttempts: 0,
          claim: 7,
          worker: "w",
          ending: undefined,
        };
        store.commit(changes(seq, { updates: [{ seq, claimUntil: 5, ...claimed }] }), []);
      };
      for (let seq = 4; seq < ROWS; seq += 4) claim(seq);
      for (const side of ["", "-wal", "-commits"]) copyFileSync(file + side, `${folder}/live${side}`);
      store.close();
      restore();
      for (const side of ["", "-wal", "-commits"]) copyFileSync(`${folder}/live${side}`, file + side);
      const size = readFileSync(`${file}-wal`).length;
      flip(`${file}-wal`, size - 1 - pick(20 * PAGE), pick(8));
      const found = readWithRestart();
      const { quarantine } = found.opened.store;
      expect(quarantine?.reason).toMatch(/its last commit is number \d+, but \d+ were made/);
      expect(quarantine).toMatchObject({ uuidKept: true });
      expect(existsSync(`${quarantine?.file}-wal`)).toBe(true);
      expect(found.all.filter((each) => each.atMostOnce && each.state !== "processing")).toEqual([]);
      expect(found.all.filter((each) => !each.atMostOnce)).toHaveLength(rows.filter((each) => !each.atMostOnce).length);
      expect(found.opened.recovered.rebuilt.map(({ until }) => until)).toEqual([
        Number.POSITIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ]);
      found.opened.store.close();
    }
  });

  it("stays known as being read again until the position has passed, over restarts", () => {
    flip(file, readFileSync(file).lastIndexOf(rows[0]?.payload ?? ""), 0);
    let { opened } = readWithRestart();
    const next = () => {
      opened.store.close();
      opened = openStore(file, {});
      return opened.recovered.rebuilt.map(({ partition, until, kept }) => [partition, until, kept.length]);
    };
    const at = (partition: number, position: number) =>
      opened.store.commit(
        changes(1, { partitions: [{ topic: "work", partition, logId: "log", position, done: [] }] }),
        [],
      );
    at(0, 100);
    at(1, 1001);
    expect(next()).toEqual([[0, 1000, ROWS / 2 - 49]]);
    expect(opened.store.quarantine).toBeDefined();
    at(0, 999);
    expect(next()).toEqual([[0, 1000, 0]]);
    at(0, 1000);
    expect(next()).toEqual([]);
    expect(next()).toEqual([]);
    expect(opened.store.quarantine).toBeUndefined();
    expect(opened.recovered.partitions.map(({ position }) => position)).toEqual([1000, 1001]);
    opened.store.close();
  });

  it("is read again up to the end of the log where the old position is not known, once that is known", () => {
    rmSync(file);
    const { store } = openStore(file, {});
    store.commit(
      changes(1, { partitions: [{ topic: "work", partition: 0, logId: "log", position: 10, done: [] }] }),
      [],
    );
    for (const side of ["", "-wal"]) copyFileSync(file + side, `${folder}/early${side}`);
    store.commit(
      changes(2, { partitions: [{ topic: "work", partition: 0, logId: "log", position: 20, done: [] }] }),
      [],
    );
    store.close();
    // An older copy in the place of the file.
    for (const side of ["", "-wal"]) copyFileSync(`${folder}/early${side}`, file + side);
    const older = openStore(file, {});
    expect(older.recovered.rebuilt).toMatchObject([{ until: Number.POSITIVE_INFINITY }]);
    older.store.bound("work", 0, 33);
    older.store.close();
    const again = openStore(file, {});
    expect(again.recovered.rebuilt).toMatchObject([{ until: 33 }]);
    again.store.close();
  });

  it("met at run time ends the journal, and the next start rebuilds it", async () => {
    const victim = rows.findLast(({ state }) => state === "delayed") ?? row(0);
    flip(file, readFileSync(file).lastIndexOf(victim.payload), 3);
    let failed: (error: JournalError) => void = () => {};
    const failure = new Promise<JournalError>((resolve) => {
      failed = resolve;
    });
    const events = { failed: (error: JournalError) => failed(error), stuck: () => {}, unstuck: () => {} };
    const first = await Journal.open(file, events);
    expect(first.recovered.counted.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS / 2);
    void first.load(EVERYTHING, 1e9, 1000);
    expect(await failure).toMatchObject({
      code: "journal_damaged",
      message: expect.stringContaining(`the row of activation ${victim.id} (work/${victim.partition} offset`),
    });
    await first.close();
    const second = await Journal.open(file, events);
    expect(second.quarantine).toMatchObject({ carriedOver: ROWS - 1, lost: [{ id: victim.id }] });
    expect(second.uuid).toBe(first.uuid);
    expect(second.recovered.boot).toBe(first.recovered.boot + 1);
    expect([...second.recovered.finished.hashes]).toEqual([5n]);
    expect(second.recovered.workers).toEqual(["w1", "w2"]);
    const loaded = await second.load(EVERYTHING, 1e9, 1000);
    expect(loaded.rows).toHaveLength(ROWS / 4 - 1);
    await second.close();
  });
});
