import { closeSync, fstatSync, openSync, writeFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { Log } from "#runtime/log/port.js";
import { WithActivation } from "#runtime/operations/verb.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { until } from "../support/waiting.js";

const at = (offset: number) => `${DEAD}/0/${offset}`;

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
