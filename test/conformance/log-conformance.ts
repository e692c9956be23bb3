import { afterEach, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { type Log, LogClosedError, RecordTooLargeError, StaleEpochError } from "#runtime/log/port.js";
import { ManualClock, numbered, ReaderProbe, records, text } from "./log-support.js";

interface LogUnderTest {
  readonly log: Log;
  /** Opens the same records once more, after `log` was closed. */
  readonly reopen?: () => Promise<Log>;
  readonly revoke?: (topic: string, partition: number) => void;
  readonly assign?: (topic: string, partition: number) => void;
  readonly cleanUp?: () => Promise<void>;
}

/** "takeover": a second reader takes the topic at once. "mark": a topic counts as read before a position is stored. */
type Capability = "partitions" | "revocation" | "reopening" | "takeover" | "mark" | "uniqueKeys";

interface LogMaker {
  /** A new, empty log; `partitions` holds for topic "wide" only. */
  make(options: { readonly clock: ManualClock; readonly partitions: number }): Promise<LogUnderTest>;
  /** Bytes of key, headers and value that a record may have at most. */
  readonly largestRecord: number;
  /** What this log cannot do, with the reason. */
  readonly lacks: Partial<Record<Capability, string>>;
}

const DAY_MS = 24 * 3_600_000;
const OPTIONS = { group: "group", journal: "journal-1" } as const;

/** What every log promises. Logs differ only by the skips that they name. */
export function exerciseLog(name: string, { make, largestRecord, lacks }: LogMaker): void {
  describe(`${name} log`, () => {
    let under: LogUnderTest;
    let log: Log;
    let clock: ManualClock;

    beforeEach(async () => {
      clock = new ManualClock();
      under = await make({ clock, partitions: 3 });
      log = under.log;
    });
    afterEach(async () => {
      await log.close();
      await under.cleanUp?.();
    });

    const read = (...topics: string[]) => new ReaderProbe(log.read(topics, OPTIONS));
    const needs = (context: TestContext, capability: keyof LogMaker["lacks"]) => {
      const reason = lacks[capability];
      if (reason !== undefined) context.skip(reason);
    };
    const commitOf = (topic: string, epoch: number, offset: number, unsettled = offset) => {
      return { topic, partition: 0, epoch, offset, unsettled, journalCommit: "" };
    };
    const reread = (topic: string) => new ReaderProbe(log.read([topic], { ...OPTIONS, reread: true }));

    describe("append", () => {
      test("returns one position per record, in order", async () => {
        const first = await log.append("orders", records("a", "b"));
        const second = await log.append("orders", records("c"));
        const offsets = [...first, ...second].map(({ offset }) => offset);
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        expect(new Set(offsets).size).toBe(3);
        expect(second[0]).toMatchObject({ topic: "orders", partition: 0 });
      });

      test("of no records returns no position", async () => {
        expect(await log.append("orders", [])).toEqual([]);
      });

      test("keeps key, headers and value as they were", async () => {
        const headers = { "taskwire-root": "ä €", empty: "", ["__proto__"]: "own" };
        const value = Buffer.from([0, 255, 13, 10]);
        const sent = [
          { key: "schlüssel", value, headers },
          { key: "", value: Buffer.alloc(0) },
          { value: Buffer.alloc(5 * 1024 * 1024, 7) },
        ];
        await log.append("orders", sent);
        const reading = read("orders");
        await reading.assigned();
        const [full, empty, large] = await reading.take(3);
        expect(full?.key).toBe("schlüssel");
        expect(Object.entries(full?.headers ?? {})).toEqual(Object.entries(headers));
        expect(Buffer.from(full?.value ?? [])).toEqual(value);
        expect([empty?.key, empty?.headers, empty?.value.length]).toEqual(["", undefined, 0]);
        expect([large?.key, Buffer.from(large?.value ?? []).equals(Buffer.alloc(5 * 1024 * 1024, 7))]).toEqual([
          undefined,
          true,
        ]);
      });

      test("takes a copy: the caller's buffer is free at once", async () => {
        const value = Buffer.from("before");
        const appended = log.append("orders", [{ value }]);
        value.write("after!");
        await appended;
        const reading = read("orders");
        await reading.assigned();
        expect((await reading.take(1)).map(text)).toEqual(["before"]);
      });

      test("of a record that is too large refuses all of the call by name, also when asked again", async () => {
        const value = Buffer.alloc(largestRecord + 1);
        for (let turn = 0; turn < 2; turn += 1) {
          const refused = log.append("orders", [...records("a"), { value }]);
          await expect(refused).rejects.toBeInstanceOf(RecordTooLargeError);
          await expect(refused).rejects.toMatchObject({
            code: "record_too_large",
            message: expect.stringContaining(String(largestRecord + 1)),
          });
        }
        await expect(log.append("orders", [{ key: "k", value: value.subarray(1) }])).rejects.toBeInstanceOf(
          RecordTooLargeError,
        );
        expect((await log.append("orders", [{ value: value.subarray(1) }]))[0]?.offset).toBe(0);
      });

      test("of many at once keeps the order of the calls", async () => {
        const calls = Array.from({ length: 50 }, (_, index) => log.append("orders", numbered(3, index * 3)));
        const offsets = (await Promise.all(calls)).flat().map(({ offset }) => offset);
        const reading = read("orders");
        await reading.assigned();
        const taken = await reading.take(150);
        expect(taken.map(({ offset }) => offset)).toEqual(offsets);
        expect(taken.map(text)).toEqual(numbered(150).map(text));
      });
    });

    describe("read", () => {
      test("begins with what is assigned", async () => {
        await log.append("orders", records("a", "b"));
        const assigned = await read("orders").assigned();
        expect(assigned).toMatchObject({ topic: "orders", partition: 0, first: 0, end: 2, takenOver: false });
        expect(assigned.committed).toBeUndefined();
        expect(assigned.logId).not.toBe("");
      });

      test("gives records in order, in batches that are bounded", async () => {
        await log.append("orders", numbered(10_000));
        const reading = read("orders");
        await reading.assigned();
        const taken: string[] = [];
        while (taken.length < 10_000) {
          const batch = await reading.batch();
          expect(batch.records.length).toBeLessThanOrEqual(1024);
          expect(batch.end).toBe(10_000);
          taken.push(...batch.records.map(text));
        }
        expect(taken).toEqual(numbered(10_000).map(text));
      });

      test("waits for records that come later", async () => {
        const reading = read("orders");
        await reading.assigned();
        for (const value of ["a", "b", "c"]) {
          const coming = reading.take(1);
          await log.append("orders", records(value));
          expect((await coming).map(text)).toEqual([value]);
        }
      });

      test("of several topics gives the records of each", async () => {
        await log.append("orders", records("o"));
        await log.append("mails", records("m"));
        const reading = read("orders", "mails");
        const seen = new Set<string>();
        while (seen.size < 2) {
          const event = await reading.event();
          if (event.kind === "batch") for (const record of event.records) seen.add(`${event.topic}:${text(record)}`);
        }
        expect([...seen].sort()).toEqual(["mails:m", "orders:o"]);
      });

      test("ends when the reader is closed, also for one who waits", async () => {
        const reading = read("orders");
        await reading.assigned();
        const waiting = reading.next();
        await reading.reader.close();
        expect((await waiting).done).toBe(true);
        expect((await reading.next()).done).toBe(true);
      });

      test("is recorded: the log knows whether a topic was ever read", async (context) => {
        needs(context, "mark");
        await log.append("orders", records("a"));
        expect(await log.everRead("orders", OPTIONS.group)).toBe(false);
        const reading = read("orders");
        await reading.assigned();
        await reading.reader.close();
        expect(await log.everRead("orders", OPTIONS.group)).toBe(true);
        expect(await log.everRead("mails", OPTIONS.group)).toBe(false);
      });

      test("counts as done for a topic with a committed position", async () => {
        const reading = read("orders");
        const { epoch } = await reading.assigned();
        await reading.reader.commit([commitOf("orders", epoch, 0)]);
        expect(await log.everRead("orders", OPTIONS.group)).toBe(true);
        expect(await log.everRead("mails", OPTIONS.group)).toBe(false);
      });
    });

    describe("commit", () => {
      test("is where the next reader begins", async () => {
        await log.append("orders", records("a", "b", "c"));
        const before = read("orders");
        const { epoch } = await before.assigned();
        await before.take(3);
        await before.reader.commit([commitOf("orders", epoch, 2)]);
        await before.reader.close();
        const after = read("orders");
        const assigned = await after.assigned();
        expect(assigned).toMatchObject({ committed: 2, end: 3, takenOver: false });
        expect(assigned.epoch).toBeGreaterThan(epoch);
        expect((await after.take(1)).map(text)).toEqual(["c"]);
      });

      test("may be in the middle of one append", async () => {
        await log.append("orders", numbered(100));
        const before = read("orders");
        const { epoch } = await before.assigned();
        await before.reader.commit([commitOf("orders", epoch, 37)]);
        await before.reader.close();
        const after = read("orders");
        await after.assigned();
        const taken = await after.take(63);
        expect([taken[0]?.offset, taken.length]).toEqual([37, 63]);
      });

      test("under an epoch that is not owned stores none of its positions", async () => {
        const reading = read("orders", "mails");
        const epochs = new Map<string, number>();
        while (epochs.size < 2) {
          const { topic, epoch } = await reading.assigned();
          epochs.set(topic, epoch);
        }
        const orders = epochs.get("orders") ?? 0;
        const mails = epochs.get("mails") ?? 0;
        await expect(
          reading.reader.commit([commitOf("orders", orders, 1), commitOf("mails", mails + 1, 1)]),
        ).rejects.toBeInstanceOf(StaleEpochError);
        await reading.reader.close();
        expect((await read("orders").assigned()).committed).toBeUndefined();
      });

      test("after the reader was closed is stale", async () => {
        const reading = read("orders");
        const { epoch } = await reading.assigned();
        await reading.reader.close();
        await expect(reading.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
      });

      test("of a reader whose topic another one took is stale, and the reader is notified", async (context) => {
        needs(context, "takeover");
        const old = read("orders");
        const { epoch } = await old.assigned();
        const young = read("orders");
        const assigned = await young.assigned();
        await expect(old.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
        await log.append("orders", records("a"));
        expect(await old.event()).toMatchObject({ kind: "revoked", topic: "orders" });
        expect((await young.take(1)).map(text)).toEqual(["a"]);
        await young.reader.commit([commitOf("orders", assigned.epoch, 1)]);
      });
    });

    describe("reading again", () => {
      test("begins with what was not settled, and reports the old position until it is passed", async () => {
        await log.append("orders", numbered(10));
        const lost = read("orders");
        await lost.reader.commit([commitOf("orders", (await lost.assigned()).epoch, 8, 3)]);
        await lost.reader.close();
        const again = reread("orders");
        const { epoch, ...assigned } = await again.assigned();
        expect(assigned).toMatchObject({ takenOver: true, committed: 8 });
        expect((await again.take(7)).map(text)).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
        await again.reader.commit([commitOf("orders", epoch, 5)]);
        await again.reader.close();
        const halfway = read("orders");
        const half = await halfway.assigned();
        expect(half).toMatchObject({ takenOver: true, committed: 8 });
        expect((await halfway.take(5)).map(text)).toEqual(["5", "6", "7", "8", "9"]);
        await halfway.reader.commit([commitOf("orders", half.epoch, 8)]);
        await halfway.reader.close();
        expect(await read("orders").assigned()).toMatchObject({ takenOver: false, committed: 8 });
      });

      test("requested twice reports the first position", async () => {
        await log.append("orders", numbered(10));
        const lost = read("orders");
        await lost.reader.commit([commitOf("orders", (await lost.assigned()).epoch, 8, 3)]);
        await lost.reader.close();
        const once = reread("orders");
        await once.reader.commit([commitOf("orders", (await once.assigned()).epoch, 6, 4)]);
        await once.reader.close();
        const twice = reread("orders");
        expect(await twice.assigned()).toMatchObject({ takenOver: true, committed: 8 });
        expect((await twice.take(6)).map(text)).toEqual(["4", "5", "6", "7", "8", "9"]);
      });

      test("of a topic without a position begins with the first record", async () => {
        await log.append("orders", records("a"));
        const again = reread("orders");
        expect(await again.assigned()).toMatchObject({ takenOver: false });
        expect((await again.take(1)).map(text)).toEqual(["a"]);
      });
    });

    describe("pause", () => {
      test("holds one topic back, resume lets it continue", async () => {
        const reading = read("orders", "mails");
        await reading.assigned();
        await reading.assigned();
        reading.reader.pause("orders");
        await log.append("orders", records("held"));
        await log.append("mails", records("m"));
        expect(await reading.batch()).toMatchObject({ topic: "mails" });
        expect(await reading.isQuiet(() => log.everRead("mails", OPTIONS.group))).toBe(true);
        reading.reader.resume("orders");
        expect((await reading.batch()).records.map(text)).toEqual(["held"]);
      });
    });

    describe("unique key", () => {
      test("appends once; later appends get the first position", async (context) => {
        needs(context, "uniqueKeys");
        await log.append("orders", records("before"));
        const [first] = await log.append("orders", records("slot"), { uniqueKey: "slot 1" });
        expect(await log.append("orders", records("again"), { uniqueKey: "slot 1" })).toEqual([first]);
        expect(await log.append("mails", records("rerouted"), { uniqueKey: "slot 1" })).toEqual([first]);
        const [other] = await log.append("orders", records("other"), { uniqueKey: "slot 2" });
        expect(other).not.toEqual(first);
        const reading = read("orders");
        await reading.assigned();
        expect((await reading.take(3)).map(text)).toEqual(["before", "slot", "other"]);
      });

      test("counts for appends that are made at once", async (context) => {
        needs(context, "uniqueKeys");
        const same = Array.from({ length: 5 }, () => log.append("orders", records("slot"), { uniqueKey: "slot" }));
        const offsets = new Set((await Promise.all(same)).flat().map(({ offset }) => offset));
        expect(offsets.size).toBe(1);
      });

      test("is kept 24 hours", async (context) => {
        needs(context, "uniqueKeys");
        const [first] = await log.append("orders", records("slot"), { uniqueKey: "slot" });
        clock.advance(DAY_MS - 1);
        expect(await log.append("orders", records("slot"), { uniqueKey: "slot" })).toEqual([first]);
        clock.advance(1);
        const [second] = await log.append("orders", records("slot"), { uniqueKey: "slot" });
        expect(second?.offset).toBe((first?.offset ?? 0) + 1);
      });

      test("is for one record", async (context) => {
        needs(context, "uniqueKeys");
        await expect(log.append("orders", records("a", "b"), { uniqueKey: "slot" })).rejects.toMatchObject({
          code: "unique_key",
        });
      });
    });

    describe("partitions", () => {
      test("one append fills one, appends take turns", async (context) => {
        needs(context, "partitions");
        const partitions: number[] = [];
        for (let turn = 0; turn < 6; turn += 1) {
          const positions = await log.append("wide", records("a", "b"));
          expect(new Set(positions.map(({ partition }) => partition)).size).toBe(1);
          partitions.push(positions[0]?.partition ?? -1);
        }
        // Wherever the turn begins.
        const first = partitions[0] ?? 0;
        expect(partitions).toEqual([0, 1, 2, 3, 4, 5].map((turn) => (first + turn) % 3));
      });

      test("all of them are read, each in its order", async (context) => {
        needs(context, "partitions");
        for (let turn = 0; turn < 6; turn += 1) await log.append("wide", numbered(2, turn * 2));
        const reading = read("wide");
        const seen = new Map<number, string[]>();
        let count = 0;
        while (count < 12) {
          const event = await reading.event();
          if (event.kind !== "batch") continue;
          seen.set(event.partition, [...(seen.get(event.partition) ?? []), ...event.records.map(text)]);
          count += event.records.length;
        }
        expect([...seen.values()].sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
          ["0", "1", "6", "7"],
          ["2", "3", "8", "9"],
          ["4", "5", "10", "11"],
        ]);
      });
    });

    describe("revocation", () => {
      test("makes the epoch stale at once and drops what was read ahead", async (context) => {
        needs(context, "revocation");
        const reading = read("orders");
        const { epoch } = await reading.assigned();
        await log.append("orders", records("ahead"));
        under.revoke?.("orders", 0);
        await expect(reading.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
        expect(await reading.event()).toMatchObject({ kind: "revoked", topic: "orders", partition: 0 });
      });

      test("and a new assignment continue from the committed position, under the next epoch", async (context) => {
        needs(context, "revocation");
        await log.append("orders", records("a", "b"));
        const reading = read("orders");
        const { epoch } = await reading.assigned();
        await reading.take(2);
        await reading.reader.commit([commitOf("orders", epoch, 1)]);
        under.revoke?.("orders", 0);
        under.assign?.("orders", 0);
        expect((await reading.event()).kind).toBe("revoked");
        const again = await reading.assigned();
        expect(again).toMatchObject({ committed: 1, epoch: epoch + 1 });
        expect((await reading.take(1)).map(text)).toEqual(["b"]);
        await reading.reader.commit([commitOf("orders", again.epoch, 2)]);
      });

      test("of one partition leaves the others alone", async (context) => {
        needs(context, "revocation");
        const reading = read("wide");
        const assigned = [await reading.assigned(), await reading.assigned(), await reading.assigned()];
        under.revoke?.("wide", 1);
        expect(await reading.event()).toMatchObject({ kind: "revoked", partition: 1 });
        const kept = assigned.filter(({ partition }) => partition !== 1);
        await reading.reader.commit(kept.map(({ partition, epoch }) => ({ ...commitOf("wide", epoch, 0), partition })));
      });
    });

    describe("close", () => {
      test("finishes appends that were made before", async (context) => {
        needs(context, "reopening");
        const appended = log.append("orders", records("last"));
        await log.close();
        const [position] = await appended;
        expect(position?.offset).toBe(0);
        log = (await under.reopen?.()) ?? log;
        const reading = read("orders");
        await reading.assigned();
        expect((await reading.take(1)).map(text)).toEqual(["last"]);
      });

      test("refuses what comes later and ends readers", async () => {
        const reading = read("orders");
        await reading.assigned();
        const waiting = reading.next();
        await log.close();
        await log.close();
        expect((await waiting).done).toBe(true);
        await expect(log.append("orders", records("late"))).rejects.toBeInstanceOf(LogClosedError);
        await expect(log.everRead("orders", OPTIONS.group)).rejects.toBeInstanceOf(LogClosedError);
        expect(() => log.read(["orders"], OPTIONS)).toThrow(LogClosedError);
      });

      test("keeps records, positions and unique keys for the next opening", async (context) => {
        needs(context, "reopening");
        await log.append("orders", records("a"));
        const unique = lacks.uniqueKeys === undefined ? { uniqueKey: "slot" } : {};
        const [slot] = await log.append("orders", records("b"), unique);
        const before = read("orders");
        const { epoch, logId } = await before.assigned();
        await before.reader.commit([commitOf("orders", epoch, 1)]);
        await log.close();
        log = (await under.reopen?.()) ?? log;
        if (lacks.uniqueKeys === undefined) expect(await log.append("orders", records("b"), unique)).toEqual([slot]);
        const after = read("orders");
        expect(await after.assigned()).toMatchObject({ committed: 1, end: 2, logId });
        expect((await after.take(1)).map(text)).toEqual(["b"]);
      });
    });
  });
}
