import { describe, expect, test } from "vitest";
import { RecordTooLargeError } from "#runtime/log/port.js";
import { numbered, records, text } from "../log-support.js";
import { DAY_MS, type LogTrial } from "./trial.js";

/** What every log promises about appends, unique keys and partitions. */
export function exerciseAppend(trial: LogTrial): void {
  describe("append", () => {
    test("returns one position per record, in order", async () => {
      const first = await trial.log.append("orders", records("a", "b"));
      const second = await trial.log.append("orders", records("c"));
      const offsets = [...first, ...second].map(({ offset }) => offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(new Set(offsets).size).toBe(3);
      expect(second[0]).toMatchObject({ topic: "orders", partition: 0 });
    });

    test("of no records returns no position", async () => {
      expect(await trial.log.append("orders", [])).toEqual([]);
    });

    test("keeps key, headers and value as they were", async () => {
      const headers = { "taskwire-root": "ä €", empty: "", ["__proto__"]: "own" };
      const value = Buffer.from([0, 255, 13, 10]);
      const sent = [
        { key: "schlüssel", value, headers },
        { key: "", value: Buffer.alloc(0) },
        { value: Buffer.alloc(5 * 1024 * 1024, 7) },
      ];
      await trial.log.append("orders", sent);
      const reading = trial.read("orders");
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
      const appended = trial.log.append("orders", [{ value }]);
      value.write("after!");
      await appended;
      const reading = trial.read("orders");
      await reading.assigned();
      expect((await reading.take(1)).map(text)).toEqual(["before"]);
    });

    test("of a record that is too large refuses all of the call by name, also when asked again", async () => {
      const value = Buffer.alloc(trial.largestRecord + 1);
      for (let turn = 0; turn < 2; turn += 1) {
        const refused = trial.log.append("orders", [...records("a"), { value }]);
        await expect(refused).rejects.toBeInstanceOf(RecordTooLargeError);
        await expect(refused).rejects.toMatchObject({
          code: "record_too_large",
          message: expect.stringContaining(String(trial.largestRecord + 1)),
        });
      }
      await expect(trial.log.append("orders", [{ key: "k", value: value.subarray(1) }])).rejects.toBeInstanceOf(
        RecordTooLargeError,
      );
      expect((await trial.log.append("orders", [{ value: value.subarray(1) }]))[0]?.offset).toBe(0);
    });

    test("of many at once keeps the order of the calls", async () => {
      const calls = Array.from({ length: 50 }, (_, index) => trial.log.append("orders", numbered(3, index * 3)));
      const offsets = (await Promise.all(calls)).flat().map(({ offset }) => offset);
      const reading = trial.read("orders");
      await reading.assigned();
      const taken = await reading.take(150);
      expect(taken.map(({ offset }) => offset)).toEqual(offsets);
      expect(taken.map(text)).toEqual(numbered(150).map(text));
    });
  });

  describe("unique key", () => {
    test("appends once; later appends get the first position", async (context) => {
      trial.needs(context, "uniqueKeys");
      await trial.log.append("orders", records("before"));
      const [first] = await trial.log.append("orders", records("slot"), { uniqueKey: "slot 1" });
      expect(await trial.log.append("orders", records("again"), { uniqueKey: "slot 1" })).toEqual([first]);
      expect(await trial.log.append("mails", records("rerouted"), { uniqueKey: "slot 1" })).toEqual([first]);
      const [other] = await trial.log.append("orders", records("other"), { uniqueKey: "slot 2" });
      expect(other).not.toEqual(first);
      const reading = trial.read("orders");
      await reading.assigned();
      expect((await reading.take(3)).map(text)).toEqual(["before", "slot", "other"]);
    });

    test("counts for appends that are made at once", async (context) => {
      trial.needs(context, "uniqueKeys");
      const same = Array.from({ length: 5 }, () => trial.log.append("orders", records("slot"), { uniqueKey: "slot" }));
      const offsets = new Set((await Promise.all(same)).flat().map(({ offset }) => offset));
      expect(offsets.size).toBe(1);
    });

    test("is kept 24 hours", async (context) => {
      trial.needs(context, "uniqueKeys");
      const [first] = await trial.log.append("orders", records("slot"), { uniqueKey: "slot" });
      trial.clock.advance(DAY_MS - 1);
      expect(await trial.log.append("orders", records("slot"), { uniqueKey: "slot" })).toEqual([first]);
      trial.clock.advance(1);
      const [second] = await trial.log.append("orders", records("slot"), { uniqueKey: "slot" });
      expect(second?.offset).toBe((first?.offset ?? 0) + 1);
    });

    test("is for one record", async (context) => {
      trial.needs(context, "uniqueKeys");
      await expect(trial.log.append("orders", records("a", "b"), { uniqueKey: "slot" })).rejects.toMatchObject({
        code: "unique_key",
      });
    });
  });

  describe("partitions", () => {
    test("one append fills one, appends take turns", async (context) => {
      trial.needs(context, "partitions");
      const partitions: number[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        const positions = await trial.log.append("wide", records("a", "b"));
        expect(new Set(positions.map(({ partition }) => partition)).size).toBe(1);
        partitions.push(positions[0]?.partition ?? -1);
      }
      // Wherever the turn begins.
      const first = partitions[0] ?? 0;
      expect(partitions).toEqual([0, 1, 2, 3, 4, 5].map((turn) => (first + turn) % 3));
    });

    test("all of them are read, each in its order", async (context) => {
      trial.needs(context, "partitions");
      for (let turn = 0; turn < 6; turn += 1) await trial.log.append("wide", numbered(2, turn * 2));
      const reading = trial.read("wide");
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
}
