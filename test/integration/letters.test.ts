import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LARGEST_TAKEN_BYTES } from "#runtime/activation/encoding/bounds.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import type { LetterGroups } from "#runtime/operations/documents/letter.js";
import { WithActivation } from "#runtime/operations/verb.js";
import { LARGEST_MESSAGE_BYTES } from "#runtime/wire/limits.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { activationBytes } from "../support/records.js";

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
