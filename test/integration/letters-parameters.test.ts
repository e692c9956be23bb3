import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { Log } from "#runtime/log/port.js";
import type { LetterGroups } from "#runtime/operations/documents/letter.js";
import { WithActivation } from "#runtime/operations/verb.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { activationBytes } from "../support/records.js";

const at = (offset: number) => `${DEAD}/0/${offset}`;

/** The letter of a task with a group: by position, when it is odd. */
function grouped(number: number, group: unknown, task = "things.quick") {
  const parameters = encode(
    number % 2 === 1 ? { args: [group], kwargs: {} } : { args: [], kwargs: { group_id: group } },
    { useBigInt64: true },
  );
  return letterRecord(number, { task, bytes: activationBytes({ id: `a${number}`, task, parameters }) });
}

const groups = (count: number) => Array.from({ length: count }, (_, number) => grouped(number, number % 5));

describe.each(["memory", "sqlite"] as const)("dead letters by their parameters on a %s log", (kind) => {
  it("are listed in pages of those alone, by keyword or by position, and integers are not rounded", async () => {
    await using harness = new LettersHarness({ kind });
    await harness.append(...groups(300), grouped(300, 2n ** 60n + 1n), grouped(302, 2n ** 60n));
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.list({ q: "args.0/group_id=3", limit: 7, cursor });
      expect(page.letters.length).toBeLessThanOrEqual(7);
      expect(page).toMatchObject({ looked: null });
      found.push(...page.letters.map(({ place }) => place));
      expect(page.total.count).toBe(found.length);
      cursor = page.cursor;
    } while (cursor !== undefined);
    const three = Array.from({ length: 60 }, (_, index) => at(298 - 5 * index));
    expect(found).toEqual(three);
    const oldest = await harness.list({ q: "args.group_id=3,4", limit: 4, order: "oldest" });
    expect(oldest.letters.map(({ place }) => place)).toEqual([at(4), at(8), at(14), at(18)]);
    expect((await harness.list({ q: `args.group_id=${2n ** 60n}` })).letters).toMatchObject([{ place: at(301) }]);
    expect((await harness.list({ q: "args.group_id=3.5" })).letters).toEqual([]);
    // The other terms come first.
    expect((await harness.list({ q: "args.group_id=3 id:a8,a13" })).letters).toMatchObject([{ place: at(8) }]);
  });

  it("do not match when their bytes are no activation, are oversized, cannot be decoded, or were purged", async () => {
    await using harness = new LettersHarness({ kind });
    const kwargs = (group: unknown) => encode({ args: [], kwargs: { group_id: group } });
    await harness.append(
      letterRecord(0, { writer: "undecodable" }),
      letterRecord(1, { writer: "oversized" }),
      letterRecord(2, { bytes: activationBytes({ id: "a2", parameters: Buffer.from([0xc1]) }) }),
      letterRecord(3, {
        bytes: activationBytes({
          id: "a3",
          headers: new Map([["compression-type", "zstd"]]),
          parameters: Buffer.from("no zstd"),
        }),
      }),
      letterRecord(4, { bytes: activationBytes({ id: "a4", parameters: kwargs(5) }) }),
      letterRecord(5, { writer: "old", bytes: activationBytes({ id: "a5", parameters: kwargs(5) }) }),
      letterRecord(6, { writer: "foreign", bytes: activationBytes({ id: "other", parameters: kwargs(5) }) }),
      grouped(8, 5),
    );
    await harness.purge({ places: [at(7)] });
    const found = await harness.list({ q: "args.group_id=5", state: "all" });
    expect(found.letters.map(({ place }) => place).sort()).toEqual([at(4), at(5), at(6)]);
  });

  it("are grouped and exported as they are listed", async () => {
    await using harness = new LettersHarness({ kind });
    await harness.append(...groups(200), grouped(200, 3, "things.failing"));
    await harness.list();
    const answer: LetterGroups = Object(await harness.ask("LetterGroups", { q: "args.0/group_id=3" }));
    const counts = new Map<string, number>();
    for (const { task, count } of answer.groups) counts.set(task, (counts.get(task) ?? 0) + count);
    expect(Object.fromEntries(counts)).toEqual({ "things.quick": 40, "things.failing": 1 });
    expect(answer.looked).toBeNull();
    const places: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.ask("ExportLetters", { q: "args.0/group_id=3 task:things.quick", limit: 33, cursor });
      if (!(page instanceof WithActivation)) throw new Error("bytes are expected");
      const document = Object(page.document);
      for (const { letter } of document.letters) places.push(letter.place);
      cursor = document.cursor;
    } while (cursor !== undefined);
    expect(places).toEqual(Array.from({ length: 40 }, (_, index) => at(3 + 5 * index)));
  });

  it("are counted by a dry run, and only they are replayed and purged", async () => {
    await using harness = new LettersHarness({ kind });
    await harness.append(...groups(1000));
    const q = "args.0/group_id=3";
    const plan = Object(await harness.ask("ReplayLetters", { q, rate: 0, dryRun: true }));
    expect(plan).toMatchObject({ matched: 200, tasks: { "things.quick": 200 } });
    expect(plan.samples.map(({ place }: { place: string }) => place)).toEqual([3, 8, 13, 18, 23].map(at));
    await expect(harness.ask("ReplayLetters", { q: "args.0=3", rate: 0, plan: plan.plan })).rejects.toMatchObject({
      code: "other_plan",
    });
    const job = await harness.ended("ReplayLetters", { q, rate: 0, plan: plan.plan });
    expect(job).toMatchObject({ state: "done", matched: 200, done: 200, leftOut: {} });
    expect(await harness.records("work")).toHaveLength(200);
    expect(await harness.job("PurgeLetters", { q: "args.0=1" })).toMatchObject({ state: "done", matched: 100 });
    expect((await harness.list()).counts).toEqual({ open: 700, replayed: 200, purged: 100 });
  });
});

describe("a search for dead letters by their parameters", () => {
  /** `before` is called when records are read. */
  function watched(log: Log, before: (limit: number) => void): Log {
    const browse = log.browse.bind(log);
    return Object.assign(log, {
      browse: (...how: Parameters<Log["browse"]>) => {
        before(how[3]);
        return browse(...how);
      },
    });
  }

  it("ends a page after a while with what it has found, says how far it came, and its cursor continues", async () => {
    // The index reads batches of 256 records; what is read for parameters is less, and takes this long here.
    const log = watched(memoryLog({}), (limit) => (limit < 256 ? harness.clock.skip(400) : undefined));
    await using harness: LettersHarness = new LettersHarness({}, log);
    await harness.append(...groups(2000));
    await harness.list();
    const found: string[] = [];
    const looks: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.list({ q: "args.0/group_id=3", limit: 1000, cursor });
      found.push(...page.letters.map(({ place }) => place));
      if (page.cursor !== undefined) looks.push(page.looked?.rows ?? 0);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(Array.from({ length: 400 }, (_, index) => at(1998 - 5 * index)));
    expect(looks.length).toBeGreaterThan(1);
    expect(looks).toEqual([...looks].sort((one, other) => one - other));
    const answer: LetterGroups = Object(await harness.ask("LetterGroups", { q: "args.0/group_id=3" }));
    expect(answer.looked).toMatchObject({ of: 2000 });
    expect(answer.looked?.rows).toBeLessThan(2000);
    await log.close();
  });

  it("is refused as unavailable, not answered as empty, while the log cannot be read", async () => {
    let broken = false;
    const log = watched(memoryLog({}), () => {
      if (broken) throw new Error("the disk is gone");
    });
    await using harness = new LettersHarness({}, log);
    await harness.append(...groups(10));
    await harness.list();
    broken = true;
    await expect(harness.ask("ListLetters", { q: "args.group_id=2" })).rejects.toMatchObject({
      code: "letters_unavailable",
      message: expect.stringContaining("the disk is gone"),
    });
    await log.close();
  });

  it("continues only in the order in which it began", async () => {
    await using harness = new LettersHarness();
    await harness.append(...groups(10));
    const { cursor } = await harness.list({ limit: 2 });
    await expect(harness.ask("ListLetters", { limit: 2, cursor, order: "oldest" })).rejects.toMatchObject({
      code: "bad_cursor",
    });
  });
});
