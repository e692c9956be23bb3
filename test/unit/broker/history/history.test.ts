import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf, percentileOf } from "#runtime/broker/history/histogram.js";
import { History } from "#runtime/broker/history/history.js";
import { listEnds } from "#runtime/broker/history/list-ends.js";
import { type EndFields, Ends, WALL } from "./ended.js";

function start() {
  const history = new History(WALL);
  const ends = new Ends(history);
  const list = (request: object = {}, at = 0) => listEnds(history, request, WALL + at);
  return { history, end: (fields?: EndFields) => ends.end(fields), ends, list };
}

const idsOf = ({ ends }: Awaited<ReturnType<typeof listEnds>>) => ends.map(({ id }) => id);

describe("the history of ends", () => {
  it("has each failed end with its names, times, worker, claim and error, the newest first", async () => {
    const { end, list } = start();
    end({ id: "one", how: "retry", at: 5, waited: 70, held: 40, ran: 30, error: "Error: refused", attempts: 1 });
    end({ id: "two", how: "expired", at: 6, reason: "expired", error: "" });
    const { ends, next } = await list();
    expect(next).toBeNull();
    expect(ends[1]).toEqual({
      end: "retry",
      at: "2026-03-01T10:00:00.005Z",
      id: "one",
      application: "app",
      namespace: "things",
      task: "things.one",
      topic: "work",
      partition: 3,
      offset: 1,
      attempt: 2,
      lost: 0,
      receivedAt: "2026-03-01T09:59:59.895Z",
      due: null,
      handedOutAt: "2026-03-01T09:59:59.965Z",
      held: 40,
      ran: 30,
      worker: "w",
      claim: 1,
      reason: "error",
      error: "Error: refused",
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(ends[0]).toMatchObject({ id: "two", end: "expired", reason: "expired", fingerprint: null });
  });

  it("keeps the newest 8,192 failed ends, and whole errors of the newest 256", async () => {
    const { end, history } = start();
    const error = (n: number) => `Error: number ${n} ${"x".repeat(3000)}`;
    for (let n = 0; n < 9000; n += 1) end({ id: `i${n}`, how: "failure", at: n, error: error(n) });
    const kept = history.unhappy.after(0, 10_000).ends;
    expect(kept).toHaveLength(8192);
    expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(["i808", "i8999"]);
    const { ends } = await listEnds(history, { limit: 1000 }, WALL);
    expect(ends[0]).toMatchObject({ id: "i8999", error: error(8999) });
    expect(ends[255]?.error).toBe(error(8744));
    expect(ends[256]?.error).toBe(error(8743).slice(0, 512));
  });

  it("keeps at most one completion of a task in 100 ms, and the last 32", async () => {
    const { end, list } = start();
    for (let at = 0; at < 10_000; at += 1) end({ id: `i${at}`, at, held: 10 });
    const listed = await list({ q: "end:completed", limit: 1000 });
    const ids = idsOf(listed).filter((id) => id !== "i0");
    expect(ids).toHaveLength(32);
    expect(ids.slice(0, 3)).toEqual(["i9900", "i9800", "i9700"]);
    expect(listed.completed).toEqual({ counted: 10_000, kept: 33 });
  });

  it("keeps every completion of a quiet task, and the one of each minute that ran longest", async () => {
    const { end, list } = start();
    for (let n = 0; n < 5; n += 1) end({ id: `quiet${n}`, task: "things.quiet", at: n * 1000 });
    for (let n = 0; n < 1000; n += 1) end({ id: `busy${n}`, at: 5000 + n / 100, ran: n === 777 ? 5000 : 1 });
    expect(idsOf(await list({ q: "task:things.quiet" }))).toEqual(["quiet4", "quiet3", "quiet2", "quiet1", "quiet0"]);
    expect(idsOf(await list({ q: "id:busy777" }))).toEqual(["busy777"]);
  });

  it("gives the places of quiet tasks to busier ones when it ranks them, for 256 tasks at a time", async () => {
    const { end, ends, history, list } = start();
    for (let n = 0; n < 256; n += 1) end({ task: `things.early${n}`, at: n });
    for (let n = 0; n < 50; n += 1) end({ id: "busy", task: "things.busy", at: 1000 + n });
    expect(idsOf(await list({ q: "task:things.busy" }))).toEqual([]);
    for (let n = 0; n < 50; n += 1) ends.tally("things.busy").lastMinute.count("done", 1_001_000);
    for (let n = 0; n < 255; n += 1) ends.tally(`things.early${n}`).lastMinute.count("done", 1_001_000);
    history.rank(1_001_000);
    end({ id: "busy", task: "things.busy", at: 2000 });
    expect(idsOf(await list({ q: "task:things.busy" }))).toEqual(["busy"]);
  });

  it("stays within 12 MiB, whatever tasks, ids, workers and errors come", { timeout: 300_000 }, () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const used = () => {
      for (let round = 0; round < 3; round += 1) collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    new Ends(new History(WALL)).end({ how: "failure" });
    const before = used();
    const history = new History(WALL);
    {
      const ends = new Ends(history);
      for (let n = 0; n < 40_000; n += 1) {
        const task = `things.${String(n % 5000).padStart(60, "a")}`;
        const ids = { id: `${n}`.padStart(32, "0"), worker: `host:${n % 200}:0192ab34` };
        ends.end({ ...ids, task, how: "failure", at: n, error: `Error: ${n} ${"é".repeat(2000)}` });
        ends.end({ ...ids, id: `${n}`.repeat(10_000).slice(0, 10_000), task, at: n, ran: n });
      }
    }
    const spent = used() - before;
    expect(spent).toBeLessThan(12 * 1024 ** 2);
    expect(history.unhappy.after(0, 10_000).ends).toHaveLength(8192);
  });

  it("keeps no byte of a payload", async () => {
    const { end, history, list } = start();
    const payload = Buffer.from("the secret of the payload");
    end({ how: "failure", payload });
    end({ at: 1, payload });
    const shown = JSON.stringify([await list(), history.groups.list(WALL), history.takeNew(100)]);
    expect(shown).not.toContain("secret");
  });
});

describe("a list of ends", () => {
  it("has pages that follow each other without a gap, also while new ends come", async () => {
    const { end, list } = start();
    for (let n = 0; n < 250; n += 1) end({ id: `i${n}`, how: "failure", at: Math.floor(n / 3) });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listEnds>> = await list({
        limit: 60,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...idsOf(page));
      cursor = page.next;
      end({ id: "later", how: "failure", at: 1000 });
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => `i${249 - n}`));
  });

  it("is narrowed by end, task, reason, worker, error, age and group", async () => {
    const { end, list } = start();
    end({ id: "a", how: "retry", at: 0, error: "Error: timed out", worker: "w-1" });
    end({ id: "b", how: "failure", at: 60_000, error: "Error: refused", reason: "attempts_exceeded" });
    end({ id: "c", task: "things.two", at: 61_000 });
    const found = async (q: string) => idsOf(await list({ q }, 61_000));
    expect(await found("end:retry,completed")).toEqual(["c", "a"]);
    expect(await found("task:things.t*")).toEqual(["c"]);
    expect(await found("reason:attempts_exceeded")).toEqual(["b"]);
    expect(await found("worker:w-1")).toEqual(["a"]);
    expect(await found('error:"TIMED OUT"')).toEqual(["a"]);
    expect(await found("age<30s")).toEqual(["c", "b"]);
    const [{ fingerprint } = { fingerprint: "" }] = (await list({ q: "id:a" })).ends;
    expect(await found(`fp:${fingerprint?.slice(0, 8)}`)).toEqual(["a"]);
  });

  it("refuses a wrong filter, limit and cursor by name", async () => {
    const { list } = start();
    await expect(list({ q: "state:pending" })).rejects.toMatchObject({ code: "bad_filter" });
    await expect(list({ limit: 1001 })).rejects.toMatchObject({ code: "bad_parameter", field: "limit" });
    await expect(list({ cursor: "eA" })).rejects.toMatchObject({ code: "bad_cursor", field: "cursor" });
    await expect(list({ dryRun: true })).rejects.toMatchObject({ code: "unknown_parameter" });
  });
});

describe("a histogram of times", () => {
  it("has each time in a bucket of its own size, in order, and finds percentiles within 39 percent", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { minLength: 1 }), (times) => {
        const counts = new Uint32Array(BUCKETS);
        for (const time of times) counts[bucketOf(time)] = (counts[bucketOf(time)] ?? 0) + 1;
        const sorted = [...times].sort((a, b) => a - b);
        for (const share of [0.5, 0.95, 0.99]) {
          const exact = Math.min(sorted[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0, 3_600_000);
          const found = percentileOf(counts, share) ?? Number.NaN;
          expect(found).toBeGreaterThanOrEqual(exact < 1 ? 0 : exact / 1.39);
          expect(found).toBeLessThanOrEqual(Math.max(1, exact * 1.39));
        }
      }),
    );
    expect([0, 0.99, 1, 3_599_999, 3_600_000, Infinity, Number.NaN].map(bucketOf)).toEqual([0, 0, 1, 46, 47, 47, 0]);
    expect(percentileOf(new Uint32Array(BUCKETS), 0.5)).toBeNull();
  });

  it("counts how long runs waited and ran, by task: by the worker's measure, else by the time that they were held", () => {
    const { end, history, ends } = start();
    end({ waited: 500, ran: 20, held: 1000 });
    end({ waited: 500, ran: 0, held: 1000, how: "retry" });
    const task = history.tasks.of(ends.tally("things.one"));
    expect(task.counts).toEqual({ completed: 1, retry: 1 });
    expect(task.waits[bucketOf(500)]).toBe(2);
    expect([task.runs[bucketOf(20)], task.runs[bucketOf(1000)]]).toEqual([1, 1]);
    expect(history.runs).toEqual(task.runs);
  });
});
