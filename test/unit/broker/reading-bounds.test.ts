import { describe, expect, it } from "vitest";
import { Tallies } from "#runtime/broker/inflight/counts/tally.js";
import type { FoundRow, PageRequest } from "#runtime/broker/inflight/persisted.js";
import { listActivations } from "#runtime/broker/reading/list.js";
import type { Sources } from "#runtime/broker/reading/sources.js";
import { MemoryJournal } from "#runtime/testing/broker/memory-journal.js";
import { changes, row } from "../../support/journal.js";
import { ManualClock } from "../worker/manual-clock.js";

const NEVER = new AbortController().signal;

/** A file of delayed rows, one due each millisecond, made when they are read. */
function sourcesOf(count: number, change: (seq: number) => Partial<FoundRow> = () => ({})): Sources {
  const tallies = new Tallies();
  tallies.of({ application: "app", namespace: "n", task: "t" }).delayed = count;
  const page = async (request: PageRequest) => {
    if (request.order !== "due") throw new Error("no names are in the filter");
    const from = Math.max(request.after.due, 0) + 1;
    const length = Math.min(request.limit, 200, count + 1 - from);
    const rows = Array.from({ length }, (_, index): FoundRow => {
      const seq = from + index;
      return { ...row(seq, { state: "delayed", due: seq }), payload: new Uint8Array(), size: 3, ...change(seq) };
    });
    const last = rows.at(-1);
    return { rows, next: last === undefined ? undefined : { due: last.due, receivedAt: 0, seq: last.seq, kind: 0 } };
  };
  const live = new Map<string, never>();
  return {
    live: { get: () => undefined, count: () => 0, size: 0, [Symbol.iterator]: () => live.values() },
    snapshot: { tallies, topics: [["work", undefined]] },
    journal: { uuid: "u", page, find: async () => [] },
    clock: new ManualClock(),
  };
}

describe("a page of activations is bounded", () => {
  it("by 100,000 rows that it looks at, says so, and continues behind them with its cursor", async () => {
    const sources = sourcesOf(150_000, (seq) => ({ worker: seq === 120_000 ? "w" : "" }));
    const request = { q: "worker:w" };
    const first = await listActivations(sources, request, NEVER);
    expect(first).toMatchObject({
      rows: [],
      next: expect.any(String),
      looked: { rows: 100_000, of: 150_000 },
      total: { count: 0, exact: false },
    });
    const second = await listActivations(sources, { ...request, cursor: first.next }, NEVER);
    expect(second).toMatchObject({ rows: [{ id: "a120000" }], next: null, looked: null, total: { count: 1 } });
  });

  it("by one and a half seconds, and continues behind what it has looked at by then", async () => {
    const clock = new ManualClock();
    const sources = { ...sourcesOf(5000), clock };
    const page = sources.journal.page;
    const slow = {
      ...sources,
      journal: {
        ...sources.journal,
        page: async (request: PageRequest) => {
          clock.advance(300);
          return page(request);
        },
      },
    };
    const answer = await listActivations(slow, { q: "worker:nobody" }, NEVER);
    // The fifth page comes after 1.5 seconds; of its rows the first one is looked at.
    expect(answer).toMatchObject({ rows: [], next: expect.any(String), looked: { rows: 4 * 200 + 1, of: 5000 } });
  });

  it("by about 1 MiB of rows, and continues with the next one", async () => {
    const long = "x".repeat(1000);
    const sources = sourcesOf(2000, (seq) => ({
      id: `${seq} ${long}`,
      task: long,
      namespace: long,
      application: long,
    }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const request: object = cursor === null ? { limit: 1000 } : { limit: 1000, cursor };
      const page = await listActivations(sources, request, NEVER);
      expect(JSON.stringify(page).length).toBeLessThan(1.2 * 1024 * 1024);
      seen.push(...page.rows.map(({ id }) => id.replace(/ .*/, "")));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, index) => String(index + 1)));
  });

  it("by its caller: a list whose caller has gone ends between two turns", async () => {
    const gone = new AbortController();
    const sources = sourcesOf(100_000);
    const page = sources.journal.page;
    const leaving = {
      ...sources,
      journal: {
        ...sources.journal,
        page: async (request: PageRequest) => {
          if (request.order === "due" && request.after.due > 20_000) gone.abort();
          return page(request);
        },
      },
    };
    await expect(listActivations(leaving, { q: "worker:nobody" }, gone.signal)).rejects.toThrow("aborted");
  });
});

it.each(["oldest", "newest"] as const)(
  "parked activations of thousands of tasks are listed task by task, %s first, a thousand tasks at a time",
  async (order) => {
    const journal = new MemoryJournal("");
    const tallies = new Tallies();
    const tasks = Array.from({ length: 2500 }, (_, index) => `t${(index * 7919) % 2500}`);
    await journal.commit(
      changes(1, { inserts: tasks.map((task, index) => row(index + 1, { state: "parked", task })) }),
      false,
    );
    for (const task of tasks) tallies.of({ application: "app", namespace: "n", task }).parked += 1;
    const { live, clock } = sourcesOf(0);
    const sources = { live, clock, journal, snapshot: { tallies, topics: [["work", undefined] as const] } };
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const request: object = cursor === null ? { limit: 900, order } : { limit: 900, order, cursor };
      const page = await listActivations(sources, request, NEVER);
      expect(page.total).toEqual({ count: 2500, exact: true });
      seen.push(...page.rows.map(({ task }) => task));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(order === "oldest" ? [...tasks].sort() : [...tasks].sort().reverse());
  },
);

it("a cursor of a list of activations continues only in the order in which it began", async () => {
  const sources = sourcesOf(10);
  const { next } = await listActivations(sources, { limit: 3 }, NEVER);
  const turned = listActivations(sources, { limit: 3, cursor: next, order: "newest" }, NEVER);
  await expect(turned).rejects.toMatchObject({ code: "bad_cursor", message: expect.stringContaining("order") });
});
