import { describe, expect, it } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { readHead } from "#runtime/activation/encoding/head.js";
import { breathe } from "#runtime/base/breathe.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { ReadRecord } from "#runtime/log/port.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { activationBytes } from "../support/records.js";
import { until } from "../support/waiting.js";

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
