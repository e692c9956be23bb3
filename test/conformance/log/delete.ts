import { describe, expect, test } from "vitest";
import { numbered, text } from "../log-support.js";
import { commitOf, DAY_MS, type LogTrial } from "./trial.js";

/** What the logs promise that delete records and values when they are asked to. */
export function exerciseDelete(trial: LogTrial): void {
  describe("trim", () => {
    test("deletes the records that were appended before a time, and keeps the offsets of the others", async (context) => {
      trial.needs(context, "deleting");
      await trial.log.append("orders", numbered(3));
      trial.clock.advance(DAY_MS);
      await trial.log.append("orders", numbered(2, 3));
      await trial.log.trim?.("orders", trial.clock.wall());
      expect(await trial.log.partitions("orders")).toEqual([{ partition: 0, first: 3, end: 5 }]);
      const found = await trial.log.browse("orders", 0, 0, 10);
      expect([found.records.map(text), found.first, found.next]).toEqual([["3", "4"], 3, 5]);
      expect((await trial.log.append("orders", numbered(1, 5)))[0]?.offset).toBe(5);
    });

    test("of a topic that has nothing old, or that does not exist, deletes nothing", async (context) => {
      trial.needs(context, "deleting");
      await trial.log.append("orders", numbered(3));
      await trial.log.trim?.("orders", trial.clock.wall() - DAY_MS);
      expect((await trial.log.browse("orders", 0, 0, 10)).records.length).toBe(3);
      await expect(trial.log.trim?.("never used", trial.clock.wall())).resolves.toBeUndefined();
    });

    test("leaves what a reader of the topic has not settled", async (context) => {
      trial.needs(context, "deleting");
      await trial.log.append("orders", numbered(10));
      const reading = trial.read("orders");
      const { epoch } = await reading.assigned();
      trial.clock.advance(1);
      await trial.log.trim?.("orders", trial.clock.wall());
      expect((await trial.log.partitions("orders"))[0]?.first).toBe(0);
      expect((await reading.take(10)).map(text)).toEqual(numbered(10).map(text));
      await reading.reader.commit([commitOf("orders", epoch, 10, 10)]);
      await trial.log.trim?.("orders", trial.clock.wall());
      expect((await trial.log.partitions("orders"))[0]?.first).toBe(10);
    });
  });

  describe("scrub", () => {
    test("empties the values of the records at these places, and keeps keys, headers and neighbours", async (context) => {
      trial.needs(context, "deleting");
      const headers = { "taskwire-reason": "error" };
      const letters = ["a", "b", "c", "d"].map((key) => ({ key, headers, value: Buffer.from(`secret ${key}`) }));
      await trial.log.append("orders", letters);
      await trial.log.append("orders", [{ key: "b", headers, value: new Uint8Array(0), tombstone: true }]);
      const places = [1, 3, 4, 99].map((offset) => ({ partition: 0, offset }));
      // Repeating changes nothing.
      for (let turn = 0; turn < 2; turn += 1) {
        await trial.log.scrub?.("orders", places);
        const { records, end } = await trial.log.browse("orders", 0, 0, 10);
        expect(records.map((record) => [record.key, record.headers, text(record), record.tombstone])).toEqual([
          ["a", headers, "secret a", undefined],
          ["b", headers, "", undefined],
          ["c", headers, "secret c", undefined],
          ["d", headers, "", undefined],
          ["b", headers, "", true],
        ]);
        expect(end).toBe(5);
      }
      expect((await trial.log.append("orders", numbered(1)))[0]?.offset).toBe(5);
    });

    test("of records that were trimmed, or of a topic that does not exist, changes nothing", async (context) => {
      trial.needs(context, "deleting");
      await trial.log.append("orders", numbered(2));
      trial.clock.advance(1);
      await trial.log.trim?.("orders", trial.clock.wall());
      await trial.log.append("orders", numbered(1, 2));
      await trial.log.scrub?.("orders", [{ partition: 0, offset: 0 }]);
      await trial.log.scrub?.("never used", [{ partition: 0, offset: 0 }]);
      expect((await trial.log.browse("orders", 0, 0, 10)).records.map(text)).toEqual(["2"]);
    });
  });
}
