import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, writeFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { LARGEST_TAKEN_BYTES } from "#runtime/activation/encoding/bounds.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { readHead } from "#runtime/activation/encoding/head.js";
import { breathe } from "#runtime/base/breathe.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import type { LetterGroups } from "#runtime/operations/documents/letter.js";
import { WithActivation } from "#runtime/operations/verb.js";
import { LARGEST_MESSAGE_BYTES } from "#runtime/wire/limits.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { activationBytes } from "../support/records.js";
import { until } from "../support/waiting.js";

const at = (offset: number) => `${DEAD}/0/${offset}`;
const ONCE = { attempts: 0, maxAttempts: 1, onExceeded: "deadletter", atMostOnce: true, delay: undefined } as const;

describe.each(["memory", "sqlite"] as const)("dead letters on a %s log", (kind) => {
  it("are listed newest first, in pages that neither skip nor repeat, with what is known of them", async () => {
    await using harness = new LettersHarness({ kind });
    await harness.append(...Array.from({ length: 25 }, (_, number) => letterRecord(number)));
    const places: string[] = [];
    let cursor: string | undefined;
    const first = await harness.list({ limit: 10 });
    expect(first).toMatchObject({ read: 1, unreadable: [], counts: { open: 25, replayed: 0, purged: 0 }, older: [] });
    // Newer ones do not move the pages.
    await harness.append(letterRecord(100));
    for (let page = first; ; page = await harness.list({ limit: 10, cursor })) {
      places.push(...page.letters.map(({ place }) => place));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(places).toEqual(Array.from({ length: 25 }, (_, number) => at(24 - number)));
    const [newest] = (await harness.list({ limit: 1, q: "id:a24" })).letters;
    expect(newest).toMatchObject({
      ...{ place: at(24), state: "open", id: "a24", root: "a24", task: "things.quick", namespace: "things" },
      ...{ reason: "error", attempts: 1, lost: 0, original: "work/0/24", content: "activation", atMostOnce: false },
    });
    expect(newest?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it("are counted by how they failed, the largest group first", async () => {
    await using harness = new LettersHarness({ kind });
    const failed = (number: number, reason: string, error: string) => letterRecord(number, { reason, error });
    await harness.append(
      failed(1, "error", "Error: order 17 is gone"),
      failed(2, "error", "Error: order 18 is gone"),
      failed(3, "expired", "expired"),
    );
    await harness.list();
    const answer: LetterGroups = Object(await harness.ask("LetterGroups"));
    expect(answer).toMatchObject({ others: 0, read: 1, unreadable: [] });
    expect(answer.groups).toMatchObject([
      { task: "things.quick", reason: "error", error: "Error: order 18 is gone", count: 2 },
      { task: "things.quick", reason: "expired", count: 1 },
    ]);
    await harness.purge({ places: [at(1)], reason: "known" });
    const open: LetterGroups = Object(await harness.ask("LetterGroups", { q: "reason:error" }));
    expect(open.groups).toMatchObject([{ count: 1, error: "Error: order 17 is gone" }]);
    const all: LetterGroups = Object(await harness.ask("LetterGroups", { q: "reason:error", state: "all" }));
    expect(all.groups).toMatchObject([{ count: 2 }]);
  });

  it("are shown with their headers and the bytes of the activation", async () => {
    await using harness = new LettersHarness({ kind });
    const record = letterRecord(3);
    const [place] = await harness.append(record);
    const answer = await harness.ask("ShowLetter", { place });
    if (!(answer instanceof WithActivation)) throw new Error("bytes are expected");
    expect(answer.document).toMatchObject({ key: "work/0/3", headers: record.headers, letter: { id: "a3" }, read: 1 });
    expect(Buffer.from(answer.activation)).toEqual(Buffer.from(record.value));
    await expect(harness.ask("ShowLetter", { place: at(9) })).rejects.toMatchObject({ code: "unknown_letter" });
    await expect(harness.ask("ShowLetter", { place: "x" })).rejects.toMatchObject({ code: "bad_place" });
    await expect(harness.ask("ShowLetter", { place: "x/0/1" })).rejects.toMatchObject({ code: "unknown_topic" });
  });

  it("are replayed as the first run of a new chain, once, by one person or by two at a time", async () => {
    await using harness = new LettersHarness({ kind });
    const headers = new Map([
      ["tenant", "7"],
      ["taskwire-root", "a0"],
      ["taskwire-slot", "2026-01-01T00:00:00Z"],
    ]);
    const retry = { attempts: 2, maxAttempts: 3, onExceeded: "deadletter", atMostOnce: false, delay: 5 } as const;
    const bytes = activationBytes({ id: "a1", headers, retry, expires: 60, delay: 30, receivedAt: 1000 });
    const [place = ""] = await harness.append(letterRecord(1, { bytes }));
    const [first, second] = await Promise.all([
      harness.replay({ places: [place], reason: "fixed" }),
      harness.replay({ places: [place, place] }, "bob"),
    ]);
    expect(first).toMatchObject({ counts: { replayed: 1 }, outcomes: [{ place, outcome: "replayed", topic: "work" }] });
    expect(second).toMatchObject({ counts: { already: 1 }, outcomes: [{ place, state: "replayed" }] });

    const [record, ...others] = await harness.records("work");
    expect(others).toEqual([]);
    const replay = decodeActivation(record?.value ?? new Uint8Array());
    expect(record?.key).toBe(first.outcomes[0]?.id);
    expect(replay).toMatchObject({
      ...{ id: record?.key, task: "things.quick", expires: 60, delay: undefined },
      retry: { ...retry, attempts: 0 },
    });
    expect(Object.fromEntries(replay.headers)).toEqual({
      ...{ tenant: "7", "taskwire-slot": "2026-01-01T00:00:00Z", "taskwire-replay-of": place },
    });
    expect(Math.abs(replay.receivedAt - harness.clock.wall())).toBeLessThan(60_000);

    const marker = (await harness.records(DEAD)).at(-1);
    expect(marker).toMatchObject({ key: "work/0/1", tombstone: true });
    expect(marker?.headers).toMatchObject({
      ...{ "taskwire-resolved": "replayed", "taskwire-resolved-by": "ann", "taskwire-resolved-offset": "0" },
      "taskwire-replay": record?.key,
    });
    expect((await harness.list()).letters).toEqual([]);
    expect((await harness.list({ state: "replayed" })).letters).toMatchObject([
      { place, state: "replayed", resolved: { by: "ann", replay: record?.key } },
    ]);
  });

  it("that are purged leave no bytes in the log, and stay listed as purged after a rebuild of the index", async () => {
    await using harness = new LettersHarness({ kind });
    const places = await harness.append(
      ...["new", "old", "foreign", "undecodable", "oversized"].map((_, n) => letterRecord(n)),
    );
    const foreign = { value: activationBytes({ id: "f" }) };
    places.push(...(await harness.append(foreign)));
    expect((await harness.purge({ places, dryRun: true })).counts).toEqual({ purged: 6 });
    expect((await harness.list()).counts.open).toBe(6);
    expect((await harness.purge({ places })).counts).toEqual({ purged: 6 });
    expect((await harness.purge({ places })).counts).toEqual({ already: 6 });
    const kept = await harness.records(DEAD);
    expect(kept).toHaveLength(12);
    expect(kept.map(({ value }) => value.length)).toEqual(kept.map(() => 0));
    await harness.letters.close();
    await using again = new LettersHarness({}, harness.log);
    expect((await again.list({ state: "all" })).letters.map(({ state }) => state)).toEqual(places.map(() => "purged"));
    expect(await again.replay({ places })).toMatchObject({ counts: { already: 6 } });
  });

  it("without key and headers, undecodable, oversized and perhaps started ones are left out of a replay with the reason", async () => {
    await using harness = new LettersHarness({ kind });
    const once = activationBytes({ id: "once", retry: ONCE });
    const places = await harness.append(
      { value: activationBytes({ id: "foreign" }) },
      { value: Buffer.from("?") },
      letterRecord(2, { writer: "undecodable" }),
      letterRecord(3, { writer: "oversized" }),
      letterRecord(4, { bytes: once }),
      letterRecord(5, { bytes: activationBytes({ id: "never", retry: ONCE }), reason: "expired" }),
      letterRecord(6, { writer: "old" }),
    );
    const replay = await harness.replay({ places });
    expect(replay.outcomes.map(({ outcome, why }) => why ?? outcome)).toEqual([
      ...["replayed", "undecodable", "undecodable", "oversized", "may_have_started", "replayed", "replayed"],
    ]);
    expect((await harness.replay({ places: [places[4]], mayHaveStarted: true })).counts).toEqual({ replayed: 1 });
    expect((await harness.replay({ places: [at(99), `${DEAD}/7/0`] })).counts).toEqual({ unknown: 2 });
    expect((await harness.list()).counts).toEqual({ open: 3, replayed: 4, purged: 0 });
  });

  it("by filter are counted first, then resolved by a job that takes nothing that comes later", async () => {
    await using harness = new LettersHarness({ kind });
    const failing = letterRecord(0, { task: "things.failing" });
    await harness.append(failing, ...Array.from({ length: 700 }, (_, number) => letterRecord(number + 1)));
    const request = { q: "task:things.quick reason:error", rate: 0 };
    const plan = Object(await harness.ask("ReplayLetters", { ...request, dryRun: true }));
    expect(plan).toMatchObject({ matched: 700, leftOut: {}, tasks: { "things.quick": 700 } });
    expect(plan.samples).toHaveLength(5);
    await expect(harness.ask("ReplayLetters", request)).rejects.toMatchObject({ field: "plan" });
    await expect(harness.ask("PurgeLetters", { q: request.q, plan: plan.plan })).rejects.toMatchObject({
      code: "other_plan",
    });
    const job = await harness.ended("ReplayLetters", { ...request, plan: plan.plan });
    expect(job).toMatchObject({
      state: "done",
      verb: "ReplayLetters",
      matched: 700,
      done: 700,
      leftOut: {},
      total: 700,
    });
    expect(await harness.records("work")).toHaveLength(700);
    expect(await harness.job("PurgeLetters", { q: "" })).toMatchObject({ state: "done", matched: 1, done: 1 });
    expect((await harness.list()).counts).toEqual({ open: 0, replayed: 700, purged: 1 });
  });

  it("are exported in the order of the log, with their bytes, from the first to the last", async () => {
    await using harness = new LettersHarness({ kind });
    const records = Array.from({ length: 30 }, (_, number) => letterRecord(number));
    const places = await harness.append(...records);
    await harness.purge({ places: places.slice(10, 12) });
    const hash = createHash("sha256");
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const answer = await harness.ask("ExportLetters", { q: "task:things.*", limit: 7, cursor });
      if (!(answer instanceof WithActivation)) throw new Error("bytes are expected");
      const document = Object(answer.document);
      let from = 0;
      for (const { letter, bytes } of document.letters) {
        found.push(letter.place);
        hash.update(answer.activation.subarray(from, from + bytes));
        from += bytes;
      }
      cursor = document.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(places.filter((_, number) => number !== 10 && number !== 11));
    const expected = createHash("sha256");
    for (const [number, { value }] of records.entries()) if (number !== 10 && number !== 11) expected.update(value);
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
  });
});

describe("the index of dead letters", () => {
  it("is built again when its file is damaged or another program's", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 10 }, (_, number) => letterRecord(number)));
    for (const bytes of [Buffer.alloc(8192, 7), Buffer.from("SQLite format 3\0 and then nothing")]) {
      await using damaged = new LettersHarness({}, harness.log);
      writeFileSync(damaged.file, bytes);
      expect((await damaged.list()).counts.open).toBe(10);
    }
    await using foreign = new LettersHarness({}, harness.log);
    const database = new Database(foreign.file);
    database.exec("CREATE TABLE notes (text TEXT)");
    database.close();
    expect((await foreign.list()).counts.open).toBe(10);
  });

  it("that is damaged while it is open is built again by the next question", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 2000 }, (_, number) => letterRecord(number)));
    expect((await harness.list()).counts.open).toBe(2000);
    await harness.letters.close();
    // Past the first page, so that it still opens.
    const file = openSync(harness.file, "r+");
    const { size } = fstatSync(file);
    for (let at = 16_384; at < size; at += 4096) writeSync(file, Buffer.alloc(2048, 0xa5), 0, 2048, at);
    closeSync(file);
    await using again = new LettersHarness({ file: harness.file }, harness.log);
    const list = await until(async () => {
      const found = await again.list({ limit: 1000 }).catch(() => undefined);
      return found?.counts.open === 2000 ? found : undefined;
    });
    expect(new Set(list.letters.map(({ id }) => id)).size).toBe(1000);
  });

  it("is built again when another log is under the same offsets, and continues where the log is the same", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 10 }, (_, number) => letterRecord(number)));
    await harness.list();
    await harness.letters.close();
    const browsed: number[] = [];
    const watched: Log = Object.assign(Object.create(harness.log), {
      browse: (topic: string, partition: number, from: number, limit: number) => {
        browsed.push(from);
        return harness.log.browse(topic, partition, from, limit);
      },
      partitions: (topic: string) => harness.log.partitions(topic),
    });
    await using same = new LettersHarness({ file: harness.file }, watched);
    expect((await same.list()).counts.open).toBe(10);
    // The last letter, to see whose it is.
    expect(browsed).toEqual([9]);
    await same.letters.close();

    await using other = new LettersHarness({ file: harness.file }, memoryLog());
    await other.append(...Array.from({ length: 20 }, (_, number) => letterRecord(500 + number)));
    const list = await other.list();
    expect(list.counts.open).toBe(20);
    expect(list.letters.at(-1)?.id).toBe("a500");
  });

  it("of a topic that may be compacted is built again when it was not fed for 12 hours", async () => {
    await using harness = new LettersHarness({ mayCompact: true });
    await harness.append(letterRecord(0), letterRecord(1));
    await harness.list();
    await harness.letters.close();
    // As compaction leaves it, when the marker is gone, too.
    const compacted: Log = Object.assign(Object.create(harness.log), {
      browse: async (topic: string, partition: number, from: number, limit: number) => {
        const found = await harness.log.browse(topic, partition, from, limit);
        return { ...found, records: found.records.filter(({ offset }) => offset !== 0) };
      },
      partitions: (topic: string) => harness.log.partitions(topic),
    });
    await using soon = new LettersHarness({ mayCompact: true, file: harness.file }, compacted);
    expect((await soon.list()).counts.open).toBe(2);
    await soon.letters.close();
    await using late = new LettersHarness({ mayCompact: true, file: harness.file }, compacted);
    late.clock.skip(13 * 3_600_000);
    expect((await late.list()).letters.map(({ id }) => id)).toEqual(["a1"]);
  });

  it("lets the oldest go at its limit and counts them by task and reason; they can still be exported", async () => {
    await using harness = new LettersHarness({ limits: { letters: 300, bytes: 2 ** 30 } });
    await harness.append(...Array.from({ length: 1000 }, (_, number) => letterRecord(number)));
    const list = await harness.list({ limit: 1000 });
    expect(list.letters.length).toBeLessThanOrEqual(300);
    const [older] = list.older;
    expect(older).toMatchObject({ task: "things.quick", reason: "error", count: 1000 - list.counts.open });
    expect(list.letters[0]?.place).toBe(at(999));
    const answer = await harness.ask("ExportLetters", { limit: 1000 });
    if (!(answer instanceof WithActivation)) throw new Error("bytes are expected");
    expect(Object(answer.document).letters).toHaveLength(1000);
  });

  it("stays below its size", async () => {
    const bytes = 1024 * 1024;
    await using harness = new LettersHarness({ limits: { letters: 1_000_000, bytes } });
    await harness.append(
      ...Array.from({ length: 4000 }, (_, number) => letterRecord(number, { error: "x".repeat(300) })),
    );
    const { counts, older } = await harness.list();
    expect(counts.open).toBeLessThan(4000);
    expect(counts.open + (older[0]?.count ?? 0)).toBe(4000);
  });

  it("drops what the log has deleted", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 5 }, (_, number) => letterRecord(number)));
    expect((await harness.list()).counts.open).toBe(5);
    await harness.log.trim?.(DEAD, harness.clock.wall() + 1000);
    await harness.append(letterRecord(7));
    expect((await harness.list()).letters.map(({ id }) => id)).toEqual(["a7"]);
  });
});

describe("a replay of dead letters", () => {
  it("takes edited parameters for one, and no more than one", async () => {
    await using harness = new LettersHarness();
    const headers = new Map([["compression-type", "zstd"]]);
    const bytes = activationBytes({ id: "a0", headers });
    const places = await harness.append(letterRecord(0, { bytes }), letterRecord(1));
    const edited = Buffer.from("edited parameters");
    const parameters = edited.toString("base64");
    await expect(harness.replay({ places, parameters })).rejects.toMatchObject({ field: "parameters" });
    await expect(harness.replay({ q: "", parameters })).rejects.toMatchObject({ field: "parameters" });
    await expect(harness.replay({ places: [places[0]], parameters: "%" })).rejects.toMatchObject({
      field: "parameters",
    });
    await expect(harness.replay({ places: [places[0]], compressed: true })).rejects.toMatchObject({
      field: "compressed",
    });
    expect((await harness.replay({ places: [places[0]], parameters })).counts).toEqual({ replayed: 1 });
    const [record] = await harness.records("work");
    const replay = decodeActivation(record?.value ?? new Uint8Array());
    expect(Buffer.from(replay.parameters)).toEqual(edited);
    expect(replay.headers.has("compression-type")).toBe(false);
  });

  it("by filter has a rate, stops when it is cancelled, and does the rest when it is started again", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 100 }, (_, number) => letterRecord(number)));
    const request = { q: "", rate: 10 };
    const { plan, seconds } = Object(await harness.ask("ReplayLetters", { ...request, dryRun: true }));
    expect(seconds).toBe(10);
    const ended = harness.ended("ReplayLetters", { ...request, plan });
    const replayed = async () => (await harness.records("work")).length;
    await until(async () => (await replayed()) >= 1);
    harness.clock.skip(200);
    await until(async () => (await replayed()) >= 2);
    for (const { id } of harness.jobs.list()) harness.jobs.cancel(id, "bob");
    const job = await ended;
    expect(job).toMatchObject({ state: "cancelled", error: "cancelled by bob" });
    expect(job.done).toBeLessThan(50);
    expect(job.done).toBe(await replayed());
    expect(await harness.job("ReplayLetters", { q: "", rate: 0 })).toMatchObject({
      state: "done",
      done: 100 - job.done,
    });
    expect(await replayed()).toBe(100);
  });

  it("by filter stops by itself when half of a hundred are back as dead letters", async () => {
    await using harness = new LettersHarness();
    await harness.append(...Array.from({ length: 600 }, (_, number) => letterRecord(number)));
    const request = { q: "", rate: 100 };
    const { plan } = Object(await harness.ask("ReplayLetters", { ...request, dryRun: true }));
    const ended = harness.ended("ReplayLetters", { ...request, plan });
    await until(async () => harness.jobs.list().length > 0);
    let job: JobDocument | undefined;
    ended.then((found) => {
      job = found;
    });
    // Each replay fails for good as soon as it is there.
    for (let from = 0; job === undefined; ) {
      const { records, next } = await harness.log.browse("work", 0, from, 100);
      const fail = ({ value, offset }: ReadRecord) =>
        letterRecord(1000 + offset, { bytes: value, id: readHead(value).id });
      if (records.length > 0) await harness.append(...records.map(fail));
      from = next;
      harness.clock.skip(100);
      await breathe();
    }
    expect(job).toMatchObject({ state: "failed", error: expect.stringContaining("50 of 100") });
    expect(job.done).toBeLessThan(600);
    const again = (await harness.list({ limit: 1 })).letters[0];
    expect(again?.replayOf).toMatch(/^work-dlq\/0\/\d+$/);
  });

  it("reports what the log refuses, and leaves it open", async () => {
    const log = memoryLog({ maxRecordBytes: 3000 });
    await using harness = new LettersHarness({}, log);
    const large = activationBytes({ id: "large", headers: new Map([["ballast", "x".repeat(2000)]]) });
    const places = await harness.append(letterRecord(0, { error: "" }), letterRecord(1, { error: "", bytes: large }));
    const edit = Buffer.alloc(3000).toString("base64");
    const refused = await harness.replay({ places: [places[0]], parameters: edit });
    expect(refused.outcomes[0]).toMatchObject({ outcome: "failed", why: expect.stringContaining("refuses a record") });
    expect((await harness.replay({ places })).counts).toEqual({ replayed: 2 });
    await log.close();
    await expect(harness.replay({ places })).rejects.toMatchObject({
      code: "letters_unavailable",
      kind: "unavailable",
    });
    expect((await harness.list()).unreadable).toMatchObject([{ topic: DEAD }]);
  });

  it("by filter needs a plan, and refuses requests that mix places, filters and states", async () => {
    await using harness = new LettersHarness();
    const [place] = await harness.append(letterRecord(0));
    for (const [request, field] of [
      [{}, "places"],
      [{ places: [place], q: "" }, "places"],
      [{ places: ["nowhere"] }, "places[0]"],
      [{ q: "" }, "plan"],
      [{ q: "state:open", state: "open", dryRun: true }, "state"],
      [{ q: "worker:w", dryRun: true }, "q"],
      [{ q: "", rate: -1, dryRun: true }, "rate"],
    ] as const) {
      await expect(harness.replay(request)).rejects.toMatchObject({ kind: "bad_request", field });
    }
    await expect(harness.list({ cursor: "?" })).rejects.toMatchObject({ code: "bad_cursor" });
    const cursor = Buffer.from(JSON.stringify(["elsewhere", 0, 0])).toString("base64url");
    await expect(async () => harness.ask("ExportLetters", { cursor })).rejects.toMatchObject({ code: "bad_cursor" });
  });
});

describe("the file of the index", () => {
  it("is closed when nobody has asked for 15 minutes, and opened again with what it had", async () => {
    await using harness = new LettersHarness();
    await harness.append(letterRecord(0));
    expect(harness.letters.active).toBe(false);
    await harness.list();
    expect(harness.letters.active).toBe(true);
    await until(async () => {
      harness.clock.skip(60_000);
      return !harness.letters.active;
    });
    await harness.append(letterRecord(1));
    expect((await harness.list()).counts.open).toBe(2);
  });

  it("is fed while it is open, without a question", async () => {
    await using harness = new LettersHarness();
    await harness.list();
    await harness.append(letterRecord(0));
    const seen = harness.letters.use(async ({ index }) => {
      await until(async () => {
        harness.clock.skip(1000);
        return (await index.summary()).counts.open === 1;
      });
      return true;
    });
    expect(await seen).toBe(true);
  });
});

describe("answers about hostile records of a dead-letter topic", () => {
  it("stay below the size of a message: pages end early, headers are cut, bytes that are no activation stay away", async () => {
    await using harness = new LettersHarness();
    const wide = "\u0001".repeat(1000);
    const hostile = Array.from({ length: 400 }, (_, number) =>
      letterRecord(number, { task: `t${wide}`, error: wide, headers: { "taskwire-id": wide + number } }),
    );
    await harness.append(...hostile);
    const large = { value: Buffer.alloc(LARGEST_TAKEN_BYTES + 1), headers: { foreign: "x".repeat(1_000_000) } };
    const [place] = await harness.append(large);
    const page = await harness.list({ limit: 1000 });
    expect(page.letters.length).toBeLessThan(400);
    expect(JSON.stringify(page).length).toBeLessThan(LARGEST_MESSAGE_BYTES);
    const found = new Set(page.letters.map(({ id, place: at }) => `${id} ${at}`));
    for (let { cursor } = page; cursor !== undefined; ) {
      const next = await harness.list({ limit: 1000, cursor });
      for (const { id, place: at } of next.letters) found.add(`${id} ${at}`);
      cursor = next.cursor;
    }
    expect(found.size).toBe(401);
    const shown = await harness.ask("ShowLetter", { place });
    if (!(shown instanceof WithActivation)) throw new Error("bytes are expected");
    expect(shown.activation).toHaveLength(0);
    expect(JSON.stringify(shown.document).length).toBeLessThan(64 * 1024);
    let bytes = 0;
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const answer = await harness.ask("ExportLetters", cursor === undefined ? {} : { cursor });
      if (!(answer instanceof WithActivation)) throw new Error("bytes are expected");
      bytes = Math.max(bytes, JSON.stringify(answer.document).length + answer.activation.length);
      cursor = Object(answer.document).cursor;
    }
    expect(bytes).toBeLessThan(LARGEST_MESSAGE_BYTES);
  });
});

describe("a log that changes under the dead letters", () => {
  it("and does not empty purged bytes yet: the purge says so, and they go when the log takes it", async () => {
    await using own = new LettersHarness();
    let full = true;
    const log: Log = Object.assign(Object.create(own.log), {
      append: (...args: Parameters<Log["append"]>) => own.log.append(...args),
      browse: (...args: Parameters<Log["browse"]>) => own.log.browse(...args),
      partitions: (topic: string) => own.log.partitions(topic),
      scrub: async (...args: Parameters<NonNullable<Log["scrub"]>>) => {
        if (full) throw new Error("the disk is full");
        await own.log.scrub?.(...args);
      },
    });
    await using harness = new LettersHarness({}, log);
    const places = await harness.append(letterRecord(0), letterRecord(1));
    expect((await harness.purge({ places: [places[0]] })).outcomes).toMatchObject([
      { outcome: "purged", why: expect.stringContaining("the disk is full") },
    ]);
    // Nothing else is held up.
    expect((await harness.replay({ places: [places[1]] })).counts).toEqual({ replayed: 1 });
    expect((await harness.list()).unreadable).toEqual([]);
    const bytes = async () => (await harness.records(DEAD))[0]?.value.length;
    expect(await bytes()).toBeGreaterThan(0);
    full = false;
    await harness.list();
    expect(await bytes()).toBe(0);
  });

  it("because the topic is made again while the index is open is read from its start", async () => {
    const logs = [memoryLog(), memoryLog()];
    let at = 0;
    const current = () => logs[at] ?? memoryLog();
    const log: Log = Object.assign(Object.create(current()), {
      browse: (...args: Parameters<Log["browse"]>) => current().browse(...args),
      partitions: (topic: string) => current().partitions(topic),
    });
    await using harness = new LettersHarness({}, log);
    await current().append(DEAD, [letterRecord(0), letterRecord(1)]);
    expect((await harness.list()).counts.open).toBe(2);
    at = 1;
    await current().append(DEAD, [letterRecord(7)]);
    expect((await harness.list()).letters.map(({ id }) => id)).toEqual(["a7"]);
  });
});
