import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Changes, StoredRow } from "#runtime/broker/inflight/events.js";
import { Journal, type JournalEvents } from "#runtime/broker/journal/journal.js";

const events: JournalEvents = {
  failed: (error) => {
    throw error;
  },
  stuck: () => {},
  unstuck: () => {},
};

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-journal-"));
  file = join(folder, "default.inflight.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function row(seq: number, change: Partial<StoredRow> = {}): StoredRow {
  return {
    seq,
    id: `a${seq}`,
    namespace: "n",
    task: "t",
    application: "app",
    topic: "work",
    partition: 0,
    offset: seq,
    payload: Uint8Array.of(seq, 2, 3),
    receivedAt: 1000.5,
    due: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    deadline: 30_000,
    atMostOnce: false,
    deadLetter: true,
    attempts: 1,
    maxAttempts: 3,
    remembered: true,
    state: "pending",
    processingAttempts: 0,
    claim: 0,
    worker: "",
    claimUntil: Number.POSITIVE_INFINITY,
    ending: undefined,
    ...change,
  };
}

function changes(number: number, change: Partial<Changes>): Changes {
  return {
    number,
    inserts: [],
    updates: [],
    deletes: [],
    partitions: [],
    boot: undefined,
    workers: undefined,
    finished: [],
    ...change,
  };
}

describe("the journal", () => {
  it("gives back what was committed, and counts its starts", async () => {
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
    expect(await first.commit(changes(2, { deletes: [1] }), true)).toEqual([
      { topic: "work", partition: 0, offset: 2 },
    ]);
    await first.close();

    const second = await Journal.open(file, events);
    expect(second.uuid).toBe(first.uuid);
    const { rows, boot, partitions, counted, nextDue, nextSeq, workers } = second.recovered;
    expect(rows.map((each) => ({ ...each, payload: Uint8Array.from(each.payload) }))).toEqual([claimed, failed]);
    expect({ boot: boot - first.recovered.boot, partitions, counted, nextDue, nextSeq, workers }).toEqual({
      boot: 1,
      partitions: [partition],
      counted: [
        { state: "delayed", topic: "work", application: "app", namespace: "n", task: "t", count: 1, oldest: 1000.5 },
      ],
      nextDue: 5000,
      nextSeq: 5,
      workers: ["w"],
    });
    const loaded = await second.load({ due: -1, seq: -1 }, 6000, 10);
    expect(loaded).toMatchObject({ complete: true, nextDue: Number.POSITIVE_INFINITY, rows: [{ id: "a4" }] });
    await second.close();
  });

  it("is refused to a second broker, and free again when the first has closed it", async () => {
    const first = await Journal.open(file, events);
    await expect(Journal.open(file, events)).rejects.toMatchObject({
      code: "journal_held",
      message: expect.stringContaining(file),
    });
    await first.close();
    await (await Journal.open(file, events)).close();
  });

  it("refuses a file that is no database, and one from a newer version", async () => {
    writeFileSync(file, "x".repeat(5000));
    await expect(Journal.open(file, events)).rejects.toMatchObject({ code: "journal_damaged" });
    rmSync(file);
    await (await Journal.open(file, events)).close();
    const database = new Database(file);
    database.pragma("user_version = 99");
    database.close();
    await expect(Journal.open(file, events)).rejects.toThrow("its format is version 99");
  });

  it("notices a payload that changed on disk before a worker sees it, and names the activation", async () => {
    const journal = await Journal.open(file, events);
    await journal.commit(changes(1, { inserts: [row(1)] }), false);
    await journal.close();
    const database = new Database(file);
    database.prepare("UPDATE rows SET payload = ?").run(Buffer.of(1, 2, 2));
    database.close();
    await expect(Journal.open(file, events)).rejects.toThrow(
      "the row of activation a1 (work/0 offset 1) fails its checksum",
    );
  });
});
