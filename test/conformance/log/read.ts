import { describe, expect, test } from "vitest";
import { numbered, records, text } from "../log-support.js";
import { commitOf, type LogTrial, OPTIONS } from "./trial.js";

/** What every log promises about reading, reading again and pauses. */
export function exerciseRead(trial: LogTrial): void {
  describe("read", () => {
    test("begins with what is assigned", async () => {
      await trial.log.append("orders", records("a", "b"));
      const assigned = await trial.read("orders").assigned();
      expect(assigned).toMatchObject({ topic: "orders", partition: 0, first: 0, end: 2, takenOver: false });
      expect(assigned.committed).toBeUndefined();
      expect(assigned.logId).not.toBe("");
    });

    test("gives records in order, in batches that are bounded", async () => {
      await trial.log.append("orders", numbered(10_000));
      const reading = trial.read("orders");
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
      const reading = trial.read("orders");
      await reading.assigned();
      for (const value of ["a", "b", "c"]) {
        const coming = reading.take(1);
        await trial.log.append("orders", records(value));
        expect((await coming).map(text)).toEqual([value]);
      }
    });

    test("of several topics gives the records of each", async () => {
      await trial.log.append("orders", records("o"));
      await trial.log.append("mails", records("m"));
      const reading = trial.read("orders", "mails");
      const seen = new Set<string>();
      while (seen.size < 2) {
        const event = await reading.event();
        if (event.kind === "batch") for (const record of event.records) seen.add(`${event.topic}:${text(record)}`);
      }
      expect([...seen].sort()).toEqual(["mails:m", "orders:o"]);
    });

    test("ends when the reader is closed, also for one who waits", async () => {
      const reading = trial.read("orders");
      await reading.assigned();
      const waiting = reading.next();
      await reading.reader.close();
      expect((await waiting).done).toBe(true);
      expect((await reading.next()).done).toBe(true);
    });

    test("is recorded: the log knows whether a topic was ever read", async (context) => {
      trial.needs(context, "mark");
      await trial.log.append("orders", records("a"));
      expect(await trial.log.everRead("orders", OPTIONS.group)).toBe(false);
      const reading = trial.read("orders");
      await reading.assigned();
      await reading.reader.close();
      expect(await trial.log.everRead("orders", OPTIONS.group)).toBe(true);
      expect(await trial.log.everRead("mails", OPTIONS.group)).toBe(false);
    });

    test("counts as done for a topic with a committed position", async () => {
      const reading = trial.read("orders");
      const { epoch } = await reading.assigned();
      await reading.reader.commit([commitOf("orders", epoch, 0)]);
      expect(await trial.log.everRead("orders", OPTIONS.group)).toBe(true);
      expect(await trial.log.everRead("mails", OPTIONS.group)).toBe(false);
    });
  });

  describe("reading again", () => {
    test("begins with what was not settled, and reports the old position until it is passed", async () => {
      await trial.log.append("orders", numbered(10));
      const lost = trial.read("orders");
      await lost.reader.commit([commitOf("orders", (await lost.assigned()).epoch, 8, 3)]);
      await lost.reader.close();
      const again = trial.reread("orders");
      const { epoch, ...assigned } = await again.assigned();
      expect(assigned).toMatchObject({ takenOver: true, committed: 8 });
      expect((await again.take(7)).map(text)).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
      await again.reader.commit([commitOf("orders", epoch, 5)]);
      await again.reader.close();
      const halfway = trial.read("orders");
      const half = await halfway.assigned();
      expect(half).toMatchObject({ takenOver: true, committed: 8 });
      expect((await halfway.take(5)).map(text)).toEqual(["5", "6", "7", "8", "9"]);
      await halfway.reader.commit([commitOf("orders", half.epoch, 8)]);
      await halfway.reader.close();
      expect(await trial.read("orders").assigned()).toMatchObject({ takenOver: false, committed: 8 });
    });

    test("requested twice reports the first position", async () => {
      await trial.log.append("orders", numbered(10));
      const lost = trial.read("orders");
      await lost.reader.commit([commitOf("orders", (await lost.assigned()).epoch, 8, 3)]);
      await lost.reader.close();
      const once = trial.reread("orders");
      await once.reader.commit([commitOf("orders", (await once.assigned()).epoch, 6, 4)]);
      await once.reader.close();
      const twice = trial.reread("orders");
      expect(await twice.assigned()).toMatchObject({ takenOver: true, committed: 8 });
      expect((await twice.take(6)).map(text)).toEqual(["4", "5", "6", "7", "8", "9"]);
    });

    test("of a topic without a position begins with the first record", async () => {
      await trial.log.append("orders", records("a"));
      const again = trial.reread("orders");
      expect(await again.assigned()).toMatchObject({ takenOver: false });
      expect((await again.take(1)).map(text)).toEqual(["a"]);
    });
  });

  describe("pause", () => {
    test("holds one topic back, resume lets it continue", async () => {
      const reading = trial.read("orders", "mails");
      await reading.assigned();
      await reading.assigned();
      reading.reader.pause("orders");
      await trial.log.append("orders", records("held"));
      await trial.log.append("mails", records("m"));
      expect(await reading.batch()).toMatchObject({ topic: "mails" });
      expect(await reading.isQuiet(() => trial.log.everRead("mails", OPTIONS.group))).toBe(true);
      reading.reader.resume("orders");
      expect((await reading.batch()).records.map(text)).toEqual(["held"]);
    });
  });
}
