import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FoundRow, PageRequest } from "#runtime/broker/inflight/persisted.js";
import type { StoredRow } from "#runtime/broker/inflight/row.js";
import { Journal, type JournalError, type JournalEvents, type JournalPort } from "#runtime/broker/journal/journal.js";
import { openStore } from "#runtime/broker/journal/open.js";
import { MemoryJournal } from "#runtime/testing/broker/memory-journal.js";
import { changes, row } from "../../support/journal.js";
import { until } from "../../support/waiting.js";

const events: JournalEvents = {
  failed: (error) => {
    throw error;
  },
  stuck: () => {},
  unstuck: () => {},
};

const FIRST = { due: -1, seq: -1 };
const KIND = { topic: "work", application: "app", namespace: "n", task: "t" };

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-found-"));
  file = join(folder, "p.inflight.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** 500 rows: every fifth is pending, the others are delayed or parked, of two tasks, due and received out of order. */
function mixed(): StoredRow[] {
  return Array.from({ length: 500 }, (_, index) => {
    const state = (["pending", "delayed", "delayed", "parked", "delayed"] as const)[index % 5] ?? "pending";
    return row(index + 1, {
      state,
      task: index % 3 === 0 ? "other" : "t",
      due: state === "delayed" ? 5000 + ((index * 37) % 50) : 0,
      receivedAt: 1000 + ((index * 91) % 70),
      remembered: index % 2 === 0,
      payload: new Uint8Array(index % 100 === 0 ? 9000 : index % 40),
    });
  });
}

async function all(journal: JournalPort, request: PageRequest): Promise<FoundRow[]> {
  const rows: FoundRow[] = [];
  for (let next = request; ; ) {
    const turn = await journal.page(next);
    rows.push(...turn.rows);
    if (turn.next === undefined) return rows;
    next =
      next.order === "due"
        ? { ...next, after: turn.next }
        : { ...next, after: turn.next, kinds: next.kinds.slice(turn.next.kind) };
  }
}

const JOURNALS: Readonly<Record<string, () => Promise<JournalPort>>> = {
  "the in-flight file": () => Journal.open(file, events),
  "the journal in memory": async () => new MemoryJournal(""),
};

describe.each(Object.entries(JOURNALS))("of %s", (_, open) => {
  it("pages lead once through all delayed rows by due time and through kinds by receipt", async () => {
    const journal = await open();
    const rows = mixed();
    await journal.commit(changes(1, { inserts: rows }), false);
    const byDue = rows
      .filter(({ state }) => state === "delayed")
      .sort((one, other) => one.due - other.due || one.seq - other.seq);
    for (const limit of [1000, 7]) {
      const found = await all(journal, { order: "due", after: FIRST, limit, payload: false });
      expect(found.map(({ seq }) => seq)).toEqual(byDue.map(({ seq }) => seq));
    }
    const byReceipt = (state: string, task: string) =>
      rows
        .filter((each) => each.state === state && each.task === task)
        .sort((one, other) => one.receivedAt - other.receivedAt || one.seq - other.seq);
    for (const state of ["delayed", "parked"] as const) {
      const kinds = ["t", "nothing", "other"].map((task) => ({ ...KIND, state, task }));
      const after = { receivedAt: -1, seq: -1 };
      for (const limit of [1000, 9]) {
        const found = await all(journal, { order: "received", kinds, after, limit, payload: false });
        const expected = [...byReceipt(state, "t"), ...byReceipt(state, "other")];
        expect(found.map(({ seq }) => seq)).toEqual(expected.map(({ seq }) => seq));
      }
    }
    await journal.close();
  });

  it("pages of the newest lead once through all rows backwards, and may begin anywhere", async () => {
    const journal = await open();
    const rows = mixed();
    await journal.commit(changes(1, { inserts: rows }), false);
    const LAST = Number.MAX_SAFE_INTEGER;
    const byDue = rows
      .filter(({ state }) => state === "delayed")
      .sort((one, other) => other.due - one.due || other.seq - one.seq);
    const kinds = ["other", "nothing", "t"].map((task) => ({ ...KIND, state: "parked" as const, task }));
    const byKind = ["other", "t"].flatMap((task) =>
      rows
        .filter((each) => each.state === "parked" && each.task === task)
        .sort((one, other) => other.receivedAt - one.receivedAt || other.seq - one.seq),
    );
    for (const limit of [1000, 7]) {
      const common = { limit, payload: limit === 7, newest: true };
      const due = { ...common, order: "due" } as const;
      const found = await all(journal, { ...due, after: { due: LAST, seq: LAST } });
      expect(found.map(({ seq }) => seq)).toEqual(byDue.map(({ seq }) => seq));
      const middle = byDue[100];
      if (middle === undefined) throw new Error("too few rows");
      const rest = await all(journal, { ...due, after: middle });
      expect(rest.map(({ seq }) => seq)).toEqual(byDue.slice(101).map(({ seq }) => seq));
      const after = { receivedAt: LAST, seq: LAST };
      const received = await all(journal, { ...common, order: "received", kinds, after });
      expect(received.map(({ seq }) => seq)).toEqual(byKind.map(({ seq }) => seq));
    }
    await journal.close();
  });

  it("rows are found with their size, and with their payload when it is asked for", async () => {
    const journal = await open();
    const rows = mixed();
    await journal.commit(changes(1, { inserts: rows }), false);
    const [bare] = await journal.find(["a102"], false);
    expect({ ...bare, payload: bare?.payload.length }).toEqual({ ...rows[101], payload: 0, size: 21 });
    const [whole] = (await journal.page({ order: "due", after: FIRST, limit: 1, payload: true })).rows;
    const expected = rows[(whole?.seq ?? 0) - 1];
    expect({ ...whole, payload: undefined }).toEqual({
      ...expected,
      payload: undefined,
      size: expected?.payload.length,
    });
    expect(Uint8Array.from(whole?.payload ?? [1])).toEqual(expected?.payload);
    await journal.close();
  });

  it("ids lead to delayed and parked rows, and to both of two rows with one id", async () => {
    const journal = await open();
    const twins = [row(501, { id: "a2", state: "parked", remembered: true, payload: new Uint8Array(3) })];
    await journal.commit(changes(1, { inserts: [...mixed(), ...twins] }), false);
    const ids = Array.from({ length: 500 }, (_, index) => `a${index + 1}`);
    const found = await journal.find([...ids, "unknown"], false);
    const expected = mixed().filter(({ state }) => state !== "pending");
    expect(found.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...expected.map(({ seq }) => seq), 501]);
    expect((await journal.find(["a2"], true)).map(({ seq, payload }) => [seq, payload.length]).sort()).toEqual([
      [2, 1],
      [501, 3],
    ]);
    expect(await journal.find([], false)).toEqual([]);
    await journal.close();
  });
});

describe("the in-flight file", () => {
  it("carries out commits that arrive while an operator reads before the rest of the reading", async () => {
    const journal = await Journal.open(file, events);
    const inserts = Array.from({ length: 2000 }, (_, index) => row(index + 1, { state: "delayed", due: 9000 }));
    await journal.commit(changes(1, { inserts }), false);
    const order: string[] = [];
    const reads = Array.from({ length: 50 }, () =>
      journal.page({ order: "due", after: FIRST, limit: 200, payload: false }).then(() => order.push("page")),
    );
    const commit = journal.commit(changes(2, { deletes: [1] }), false).then(() => order.push("commit"));
    await Promise.all([...reads, commit]);
    expect(order.indexOf("commit")).toBeLessThan(10);
    // What is asked behind a commit sees it.
    const [first] = (await journal.page({ order: "due", after: FIRST, limit: 1, payload: false })).rows;
    expect(first?.seq).toBe(2);
    await journal.close();
  });

  it("refuses what operators ask of a closed journal, also what was asked before and was not read yet", async () => {
    const journal = await Journal.open(file, events);
    const inserts = Array.from({ length: 1000 }, (_, index) => row(index + 1, { state: "delayed", due: 9000 }));
    await journal.commit(changes(1, { inserts }), false);
    const request: PageRequest = { order: "due", after: FIRST, limit: 200, payload: false };
    const waiting = Array.from({ length: 100 }, () => journal.page(request));
    const settled = Promise.allSettled(waiting);
    await journal.close();
    const refused = (await settled).filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    await expect(journal.page(request)).rejects.toMatchObject({ code: "journal_failed" });
    await expect(journal.find(["a1"], false)).rejects.toThrow("is closed");
  });

  it("keeps the controls that people set over a restart and a rebuild", async () => {
    const journal = await Journal.open(file, events);
    expect(journal.readControls()).toBeUndefined();
    await journal.writeControls('{"n":1}');
    expect(journal.readControls()).toBe('{"n":1}');
    await journal.close();
    const again = await Journal.open(file, events);
    expect(again.readControls()).toBe('{"n":1}');
    await again.close();
    const { store } = openStore(file, {});
    store.markDamaged(new Error("of this test"));
    store.close();
    const rebuilt = await Journal.open(file, events);
    expect([rebuilt.quarantine?.reason, rebuilt.readControls()]).toEqual(["of this test", '{"n":1}']);
    await rebuilt.close();
  });

  it("is searched for ids in every part of its index, wherever the rows are among millions", async () => {
    const journal = await Journal.open(file, events);
    const seqs = [1, 4095, 4096, 500_000, 2 ** 40, 2 ** 40 + 1];
    const inserts = seqs.map((seq, index) => row(seq, { id: `i${index % 5}`, state: "parked", remembered: index > 3 }));
    await journal.commit(changes(1, { inserts }), false);
    const ids = Array.from({ length: 450 }, (_, index) => `i${449 - index}`);
    const found = await journal.find(ids, false);
    expect(found.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(seqs);
    await journal.close();
  });

  it("ends at a damaged row that an operator reads, as at one that work needs, and is rebuilt without it", async () => {
    const { store } = openStore(file, {});
    const payload = Buffer.from("the payload of the damaged row");
    store.commit(changes(1, { partitions: [{ topic: "work", partition: 0, logId: "log", position: 9, done: [] }] }), [
      row(1, { state: "parked" }),
      row(2, { state: "parked", payload }),
    ]);
    store.close();
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf(payload);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    const failures: JournalError[] = [];
    const journal = await Journal.open(file, { ...events, failed: (error) => failures.push(error) });
    // Without its payload nothing of the row is wrong.
    expect((await journal.find(["a2"], false)).map(({ size }) => size)).toEqual([payload.length]);
    const refused = journal.find(["a2"], true).then(
      () => "found",
      (error: unknown) => String(error),
    );
    await until(() => failures.length > 0);
    expect(failures).toMatchObject([{ code: "journal_damaged" }]);
    expect(await refused).toContain("is damaged");
    await expect(journal.find(["a1"], false)).rejects.toMatchObject({ code: "journal_damaged" });
    await journal.close();
    const rebuilt = await Journal.open(file, events);
    expect(rebuilt.quarantine).toMatchObject({ carriedOver: 1, lost: [{ id: "a2" }] });
    await rebuilt.close();
  });

  it.each([
    [3, "CREATE INDEX away ON rows (id) WHERE remembered = 1 AND state IN ('delayed', 'parked')"],
    [4, "CREATE INDEX ids ON rows (remembered, seq / 4096, id) WHERE state IN ('delayed', 'parked')"],
  ])(
    "of format version %i is opened, and its rows are then found by id and pass every check",
    async (version, index) => {
      const { store } = openStore(file, {});
      store.commit(changes(1, {}), mixed());
      store.close();
      const database = new Database(file);
      database.exec("DROP INDEX ids; DROP INDEX away");
      database.exec(index);
      database.exec("UPDATE rows SET crc = crc % 4294967296");
      database.pragma(`user_version = ${version}`);
      database.close();
      const migrated = openStore(file, {}).store;
      for (let now = 0; migrated.tidy(now, false); now += 1);
      migrated.close();
      const journal = await Journal.open(file, events);
      const remembered = mixed().filter((each) => each.remembered && each.state !== "pending").length;
      expect(journal.recovered.storedOnly).toHaveLength(remembered);
      const awayIds = mixed()
        .filter(({ state }) => state !== "pending")
        .map(({ id }) => id);
      expect((await journal.find(awayIds, true)).map(({ id }) => id).sort()).toEqual(awayIds.sort());
      await journal.close();
    },
  );

  it("loses exactly the rows that a commit deletes, in whatever order it names them", async () => {
    const journal = await Journal.open(file, events);
    await journal.commit(changes(1, { inserts: mixed() }), false);
    const deletes = [301, 17, 3, 302, 4, 300, 18, 499, 5, 900];
    await journal.commit(changes(2, { deletes }), false);
    await journal.close();
    const database = new Database(file);
    const left = database.prepare<unknown[], number>("SELECT seq FROM rows ORDER BY seq").pluck().all();
    database.close();
    expect(left).toEqual(
      mixed()
        .map(({ seq }) => seq)
        .filter((seq) => !deletes.includes(seq)),
    );
  });

  it("is searched by its indexes alone: no plan scans the table or sorts", async () => {
    await (await Journal.open(file, events)).close();
    const database = new Database(file);
    const plans = [
      "SELECT seq FROM rows INDEXED BY delayed WHERE state = 'delayed' AND due = 1 AND seq > 1 ORDER BY due, seq LIMIT 9",
      `SELECT seq FROM rows INDEXED BY counted WHERE state IN ('delayed', 'parked') AND state = 'parked' AND kind = 1
       AND received_at = 1 AND seq > 1 ORDER BY received_at, seq LIMIT 9`,
      "SELECT seq FROM rows INDEXED BY ids WHERE state IN ('delayed', 'parked') AND seq / 4096 = 1 AND crc / 4294967296 = 2 AND id = 'a'",
      "SELECT seq / 4096 FROM rows INDEXED BY ids WHERE state IN ('delayed', 'parked') AND seq / 4096 > 1 ORDER BY seq / 4096 LIMIT 1",
    ].map((sql) => database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all());
    database.close();
    expect(plans.map((plan) => plan.map(({ detail }) => detail))).toEqual([
      [expect.stringMatching(/^SEARCH rows USING .*delayed \(due=\? AND seq>\?\)/)],
      [expect.stringMatching(/^SEARCH rows USING .*counted \(state=\? AND kind=\? AND received_at=\? AND rowid>\?\)/)],
      [expect.stringMatching(/^SEARCH rows USING .*ids \(<expr>=\? AND <expr>=\?\)/)],
      [expect.stringMatching(/^SEARCH rows USING .*ids \(<expr>>\?\)/)],
    ]);
  });
});
