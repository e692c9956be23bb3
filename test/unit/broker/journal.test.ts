import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal, type JournalEvents } from "#runtime/broker/journal/journal.js";
import { openStore } from "#runtime/broker/journal/open.js";
import { CommitCount } from "#runtime/broker/journal/tables/commit-count.js";
import { changes, plain, row } from "../../support/journal.js";
import { until } from "../../support/waiting.js";

const events: JournalEvents = {
  failed: (error) => {
    throw error;
  },
  stuck: () => {},
  unstuck: () => {},
};

const START = { due: -1, seq: -1 };

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-journal-"));
  file = join(folder, "default.inflight.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the journal", () => {
  it("returns what was committed, and counts its starts", async () => {
    const first = await Journal.open(file, events);
    const claimed = row(2, { state: "processing", claim: 2 ** 32 + 7, worker: "w", claimUntil: 99.5 });
    const failed = row(3, { state: "failure", ending: { reason: "error", error: "thrown", delay: 5 } });
    const partition = { topic: "work", partition: 0, logId: "log", position: 9, done: [9, 12] };
    await first.commit(
      changes(1, {
        inserts: [row(1), claimed, failed, row(4, { due: 5000, state: "delayed" })],
        partitions: [partition],
        workers: ["w"],
      }),
      false,
    );
    const report = await first.commit(changes(2, { deletes: [1] }), true);
    expect(report).toEqual({
      lowest: [{ topic: "work", partition: 0, offset: 2 }],
      bytes: expect.any(Number),
    });
    await first.close();

    const second = await Journal.open(file, events);
    expect(second.uuid).toBe(first.uuid);
    const { rows, boot, partitions, counted, nextDue, nextSeq, workers, rebuilt } = second.recovered;
    expect(plain(rows)).toEqual([claimed, failed]);
    expect({ boot: boot - first.recovered.boot, partitions, counted, nextDue, nextSeq, workers, rebuilt }).toEqual({
      boot: 1,
      partitions: [partition],
      counted: [
        { state: "delayed", topic: "work", application: "app", namespace: "n", task: "t", count: 1, oldest: 1000.5 },
      ],
      nextDue: 5000,
      nextSeq: 5,
      workers: ["w"],
      rebuilt: [],
    });
    const loaded = await second.load(START, 6000, 10);
    expect(loaded).toMatchObject({ complete: true, nextDue: Number.POSITIVE_INFINITY, rows: [{ id: "a4" }] });
    await second.close();
  });

  it("carries every fact of a row to the file and back, as it is and as an update left it", async () => {
    const journal = await Journal.open(file, events);
    const odd = row(1, {
      id: "ä\u0000\"'",
      namespace: "",
      task: "task\u2028",
      payload: new Uint8Array(0),
      offset: Number.MAX_SAFE_INTEGER,
      expiresAt: 7.25,
      atMostOnce: true,
      deadLetter: false,
      attempts: 0,
      remembered: false,
      state: "processing",
      claim: Number.MAX_SAFE_INTEGER,
      worker: "w",
    });
    await journal.commit(changes(1, { inserts: [odd, row(2, { payload: new Uint8Array(9_000_000).fill(7) })] }), false);
    const update = {
      seq: 2,
      state: "retry" as const,
      processingAttempts: 2,
      claim: 0,
      worker: "",
      claimUntil: 5.5,
      ending: { reason: "error" as const, error: "x".repeat(4096), maxAttempts: 0, demoted: true },
    };
    await journal.commit(changes(2, { updates: [update] }), false);
    await journal.close();
    const again = await Journal.open(file, events);
    const [first, second] = plain(again.recovered.rows);
    expect(first).toEqual(odd);
    expect({ ...second, payload: second?.payload.length }).toEqual({ ...row(2), ...update, payload: 9_000_000 });
    await again.close();
  });

  it("counts parked rows by task and gives them back in the order of intake, some at a time", async () => {
    const first = await Journal.open(file, events);
    const parked = [
      row(1, { state: "parked", task: "b", receivedAt: 9 }),
      row(2, { state: "parked", task: "a" }),
      row(3, { state: "parked", task: "b", receivedAt: 3 }),
      row(4, { state: "parked", task: "c" }),
      row(5, { state: "parked", task: "a", application: "other" }),
    ];
    await first.commit(changes(1, { inserts: parked }), false);
    await first.close();
    const journal = await Journal.open(file, events);
    expect(journal.recovered.rows).toEqual([]);
    const counted = journal.recovered.counted.map(({ application, task, count, oldest }) => [
      application,
      task,
      count,
      oldest,
    ]);
    expect(counted.sort()).toEqual([
      ["app", "a", 1, 1000.5],
      ["app", "b", 2, 3],
      ["app", "c", 1, 1000.5],
      ["other", "a", 1, 1000.5],
    ]);
    const request = { application: "app", namespace: "n", tasks: ["a", "b"] };
    // Asked at once, answered in order, between loads and commits.
    const [two, loaded, , all] = await Promise.all([
      journal.unpark({ ...request, limit: 2 }),
      journal.load(START, 10, 10),
      journal.commit(changes(2, { deletes: [2] }), false),
      journal.unpark({ ...request, limit: 10 }),
    ]);
    expect([two, loaded.rows, all].map((rows) => rows.map(({ seq }) => seq))).toEqual([[1, 2], [], [1, 3]]);
    await journal.close();
  });

  it("reports the lowest offset of a partition also when it was read again after others", async () => {
    const journal = await Journal.open(file, events);
    const partitions = [0, 1, 2].map((partition) => ({
      topic: "work",
      partition,
      logId: "log",
      position: 99,
      done: [],
    }));
    const inserts = [row(1, { offset: 50 }), row(2, { offset: 7 }), row(3, { partition: 1, offset: 60 })];
    const report = await journal.commit(changes(1, { inserts, partitions }), true);
    expect(report?.lowest).toEqual([
      { topic: "work", partition: 0, offset: 7 },
      { topic: "work", partition: 1, offset: 60 },
    ]);
    await journal.close();
  });

  it("is refused to a second broker, whose event loop continues, and free again when the first has closed it", async () => {
    const first = await Journal.open(file, events);
    let turns = 0;
    let waiting = true;
    const turn = () => {
      turns += 1;
      if (waiting) setImmediate(turn);
    };
    turn();
    await expect(Journal.open(file, events)).rejects.toMatchObject({
      code: "journal_held",
      message: `the in-flight file ${file} is held by another broker; stop that one, or start this one with another --pool or --data DIR`,
    });
    waiting = false;
    expect(turns).toBeGreaterThan(1000);
    await first.close();
    await (await Journal.open(file, events)).close();
  });

  it("refuses a file from a newer version and leaves it as it is", async () => {
    await (await Journal.open(file, events)).close();
    const database = new Database(file);
    database.pragma("user_version = 9");
    database.close();
    await expect(Journal.open(file, events)).rejects.toMatchObject({
      code: "journal_newer",
      message: expect.stringContaining("its format is version 9, but this taskwire supports versions up to 5"),
    });
    const untouched = new Database(file);
    untouched.pragma("user_version = 5");
    untouched.close();
    await (await Journal.open(file, events)).close();
  });

  it("waits with a commit while the file may not grow, and continues alone when settled rows made room", async () => {
    const said: string[] = [];
    const isStuck = new Promise<void>((resolve) => {
      const watching: JournalEvents = {
        ...events,
        stuck: (message) => {
          said.push(message);
          resolve();
        },
        unstuck: () => said.push("unstuck"),
      };
      opened = Journal.open(file, watching, { maxPages: 50 });
    });
    const journal = await opened;
    const large = (seq: number) => row(seq, { payload: new Uint8Array(20_000) });
    for (let seq = 1; seq <= 6; seq += 1) await journal.commit(changes(seq, { inserts: [large(seq)] }), false);
    const done: number[] = [];
    const waiting = [7, 8].map((number) =>
      journal
        .commit(changes(number, { inserts: [large(number * 10), large(number * 10 + 1)] }), false)
        .then(() => done.push(number)),
    );
    await isStuck;
    expect(done).toEqual([]);
    // They wait behind the others, but what they settle is what those need.
    const settling = journal.commit(changes(9, { deletes: [1, 2, 3, 4, 5, 6] }), true);
    await Promise.all(waiting);
    expect(done).toEqual([7, 8]);
    expect((await settling)?.bytes).toBeLessThan(50 * 4096);
    expect(said).toEqual(["database or disk is full", "unstuck"]);
    await journal.close();
    const again = await Journal.open(file, events);
    expect(again.recovered.rows.map(({ seq }) => seq)).toEqual([70, 71, 80, 81]);
    await again.close();
  });

  it("settles ahead once on a full disk: repeated tries use no further space", async () => {
    const isStuck = new Promise<void>((resolve) => {
      opened = Journal.open(file, { ...events, stuck: () => resolve() }, { maxPages: 50 });
    });
    const journal = await opened;
    const large = (seq: number) => row(seq, { payload: new Uint8Array(20_000) });
    for (let seq = 1; seq <= 6; seq += 1) await journal.commit(changes(seq, { inserts: [large(seq)] }), false);
    const commits = () => CommitCount.read(file)?.commits ?? 0;
    const before = commits();
    // It never fits.
    void journal.commit(changes(7, { inserts: Array.from({ length: 20 }, (_, at) => large(70 + at)) }), false);
    await isStuck;
    // Each try settles what came since the one before.
    for (const number of [1, 2, 3]) {
      const finished = [{ hash: BigInt(number), until: 1e13 }];
      void journal.commit(changes(7 + number, { deletes: [number], finished }), false);
      await until(() => commits() >= before + number);
    }
    await journal.close();
    expect(commits()).toBe(before + 3);
    const again = await Journal.open(file, events);
    expect(again.recovered.rows.map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect([...again.recovered.finished.hashes].sort()).toEqual([1n, 2n, 3n]);
    await again.close();
  });

  it("deletes no row ahead on a full disk that a waiting commit is yet to insert", async () => {
    const isStuck = new Promise<void>((resolve) => {
      opened = Journal.open(file, { ...events, stuck: () => resolve() }, { maxPages: 50 });
    });
    const journal = await opened;
    const large = (seq: number) => row(seq, { payload: new Uint8Array(20_000) });
    for (let seq = 1; seq <= 6; seq += 1) await journal.commit(changes(seq, { inserts: [large(seq)] }), false);
    const inserted = journal.commit(changes(7, { inserts: [large(7), large(8)] }), false);
    await isStuck;
    // What the second frees lets the first in, whose row it deletes too.
    await Promise.all([inserted, journal.commit(changes(8, { deletes: [1, 2, 3, 7] }), false)]);
    await journal.close();
    const again = await Journal.open(file, events);
    expect(again.recovered.rows.map(({ seq }) => seq)).toEqual([4, 5, 6, 8]);
    await again.close();
  });

  let opened: Promise<Journal>;

  it("keeps finished ids over a restart, in few large pieces, until their time has passed", () => {
    const { store } = openStore(file, {});
    const largest = 2n ** 64n - 1n;
    store.commit(changes(0, { finished: [{ hash: largest, until: 500 }] }), []);
    for (let number = 1; number <= 600; number += 1) {
      store.commit(changes(number, { finished: [{ hash: BigInt(number), until: 1000 + number }] }), []);
    }
    for (let round = 0; round < 10; round += 1) store.tidy(0, true);
    store.close();
    const database = new Database(file);
    const chunks = Number(database.prepare("SELECT count(*) FROM finished").pluck().get());
    database.close();
    expect(chunks).toBeLessThan(256);

    const again = openStore(file, {});
    const { hashes, until } = again.recovered.finished;
    expect([hashes.length, hashes[0], hashes[600], until[0], until[600]]).toEqual([601, largest, 600n, 500, 1600]);
    while (again.store.tidy(1500, true));
    again.store.close();
    const later = openStore(file, {});
    const left = later.recovered.finished;
    // A piece is forgotten when the last of its ids is.
    expect(left.hashes.length).toBeGreaterThanOrEqual(100);
    expect([...left.until].some((time) => time <= 1000)).toBe(left.until.includes(500));
    while (later.store.tidy(1600, true));
    later.store.close();
    const last = openStore(file, {});
    expect(last.recovered.finished.hashes).toHaveLength(0);
    last.store.close();
  });

  it("gives the disk its space back when much of the file is free and nothing else is to be done", () => {
    const { store } = openStore(file, {});
    const payload = new Uint8Array(1_000_000);
    for (let seq = 1; seq <= 100; seq += 1) store.commit(changes(seq, {}), [row(seq, { payload })]);
    const full = store.report().bytes;
    store.commit(changes(101, { deletes: Array.from({ length: 99 }, (_, index) => index + 1) }), []);
    expect(store.report().bytes).toBeLessThan(full / 50);

    store.tidy(0, false);
    while (store.tidy(0, true));
    store.close();
    const database = new Database(file);
    expect(Number(database.pragma("page_count", { simple: true }))).toBeLessThan(1000);
    database.close();
    const again = openStore(file, {});
    expect(again.recovered.rows.map(({ seq }) => seq)).toEqual([100]);
    again.store.close();
  });
});
