import { describe, expect, test } from "vitest";
import { NoPartitionError } from "#runtime/log/port.js";
import { numbered, records, text } from "../log-support.js";
import type { LogTrial } from "./trial.js";

/** What every log promises about reading without a group, and about appends to a given partition. */
export function exerciseBrowse(trial: LogTrial): void {
  describe("browse", () => {
    test("gives records with key, headers, value, offset and time, and the bounds", async (context) => {
      trial.needs(context, "browsing");
      const headers = { "taskwire-id": "ä €", ["__proto__"]: "own" };
      await trial.log.append("orders", [{ key: "schlüssel", value: Buffer.from([0, 255]), headers }]);
      await trial.log.append("orders", records("second"));
      const { records: found, ...place } = await trial.log.browse("orders", 0, 0, 10);
      expect(place).toEqual({ next: 2, first: 0, end: 2 });
      const [full, plain] = found;
      expect([full?.offset, full?.key, full?.tombstone]).toEqual([0, "schlüssel", undefined]);
      expect(Object.entries(full?.headers ?? {})).toEqual(Object.entries(headers));
      expect(Buffer.from(full?.value ?? [])).toEqual(Buffer.from([0, 255]));
      expect([plain?.offset, plain?.key, plain?.headers, text(plain ?? { value: Buffer.alloc(0) })]).toEqual([
        ...[1, undefined, undefined],
        "second",
      ]);
      for (const { timestamp = 0 } of found) expect(Math.abs(timestamp - trial.appendTime())).toBeLessThan(60_000);
    });

    test("begins at the offset that is asked for, and stops at the limit", async (context) => {
      trial.needs(context, "browsing");
      await trial.log.append("orders", numbered(10));
      const found = await trial.log.browse("orders", 0, 4, 3);
      expect([found.records.map(text), found.next, found.end]).toEqual([["4", "5", "6"], 7, 10]);
      const rest = await trial.log.browse("orders", 0, found.next, 100);
      expect([rest.records.map(text), rest.next]).toEqual([["7", "8", "9"], 10]);
    });

    test("answers at once when there is nothing at the offset yet, and finds what comes", async (context) => {
      trial.needs(context, "browsing");
      await trial.log.append("orders", numbered(2));
      expect(await trial.log.browse("orders", 0, 2, 10)).toEqual({ records: [], next: 2, first: 0, end: 2 });
      // From beyond the end, as with a position in another log.
      expect(await trial.log.browse("orders", 0, 50, 10)).toEqual({ records: [], next: 2, first: 0, end: 2 });
      await trial.log.append("orders", numbered(1, 2));
      expect((await trial.log.browse("orders", 0, 2, 10)).records.map(text)).toEqual(["2"]);
    });

    test("gives at most 1,000 records, and 1 MiB unless the first is larger", async (context) => {
      trial.needs(context, "browsing");
      await trial.log.append("orders", numbered(2500));
      expect((await trial.log.browse("orders", 0, 0, 5000)).records.length).toBeLessThanOrEqual(1000);
      await trial.log.append(
        "mails",
        [600, 600, 3000, 1].map((kib) => ({ value: Buffer.alloc(kib * 1024, 7) })),
      );
      const sizes: number[][] = [];
      for (let next = 0; next < 4; ) {
        const found = await trial.log.browse("mails", 0, next, 10);
        sizes.push(found.records.map(({ value }) => value.length / 1024));
        next = found.next;
      }
      expect(sizes).toEqual([[600], [600], [3000], [1]]);
    });

    test("walks a topic once and in order while records are appended to it", async (context) => {
      trial.needs(context, "browsing");
      const walked: string[] = [];
      let appending: Promise<unknown> = Promise.resolve();
      for (let next = 0, appended = 0; walked.length < 3000; ) {
        if (appended < 3000) {
          const batch = numbered(100, appended);
          appending = appending.then(() => trial.log.append("orders", batch));
          appended += 100;
        }
        const found = await trial.log.browse("orders", 0, next, 70);
        walked.push(...found.records.map(text));
        next = found.next;
      }
      await appending;
      expect(walked).toEqual(numbered(3000).map(text));
    });

    test("leaves readers, positions and the claim on the topic alone", async (context) => {
      trial.needs(context, "browsing");
      await trial.log.append("orders", numbered(3));
      await trial.log.browse("orders", 0, 0, 10);
      expect(await trial.log.everRead("orders", "group")).toBe(false);
      const reading = trial.read("orders");
      expect((await reading.assigned()).committed).toBeUndefined();
      await trial.log.browse("orders", 0, 1, 10);
      expect((await reading.take(3)).map(text)).toEqual(["0", "1", "2"]);
    });

    test("gives a tombstone with its key and headers and no value, as reading does", async (context) => {
      trial.needs(context, "browsing");
      const headers = { "taskwire-resolved": "purged" };
      const value = new Uint8Array(0);
      await trial.log.append("orders", [
        { key: "a", value: Buffer.from("letter") },
        { key: "a", value, headers, tombstone: true },
        { key: "b", value, tombstone: true },
        { key: "c", value },
      ]);
      const expected = [
        ["a", undefined, undefined, 6],
        ["a", headers, true, 0],
        ["b", undefined, true, 0],
        ["c", undefined, undefined, 0],
      ];
      const facts = (found: readonly { key?: unknown; headers?: unknown; tombstone?: true; value: Uint8Array }[]) =>
        found.map(({ key, headers, tombstone, value }) => [
          ...[key, headers === undefined ? undefined : { ...headers }, tombstone],
          value.length,
        ]);
      expect(facts((await trial.log.browse("orders", 0, 0, 10)).records)).toEqual(expected);
      const reading = trial.read("orders");
      await reading.assigned();
      expect(facts(await reading.take(4))).toEqual(expected);
    });

    test("of a partition that does not exist is refused by name", async (context) => {
      trial.needs(context, "browsing");
      await trial.log.append("orders", numbered(1));
      const refused = trial.log.browse("orders", 7, 0, 10);
      await expect(refused).rejects.toBeInstanceOf(NoPartitionError);
      await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('orders" has no partition 7') });
      await expect(trial.log.append("orders", numbered(1), { partition: 7 })).rejects.toBeInstanceOf(NoPartitionError);
      expect((await trial.log.browse("orders", 0, 0, 10)).end).toBe(1);
    });
  });

  describe("a given partition", () => {
    test("takes the records, with and without a key, and partitions() says what each holds", async (context) => {
      trial.needs(context, "browsing");
      trial.needs(context, "partitions");
      for (const partition of [2, 0, 2]) {
        const sent = [{ key: "same", value: Buffer.from(`to ${partition}`) }, ...records(`to ${partition}`)];
        const positions = await trial.log.append("wide", sent, { partition });
        expect(positions.map((position) => position.partition)).toEqual([partition, partition]);
      }
      expect(await trial.log.partitions("wide")).toEqual([
        { partition: 0, first: 0, end: 2 },
        { partition: 1, first: 0, end: 0 },
        { partition: 2, first: 0, end: 4 },
      ]);
      expect((await trial.log.browse("wide", 2, 1, 10)).records.map(text)).toEqual(["to 2", "to 2", "to 2"]);
    });

    test("keeps its order when appends with and without one come at once", async (context) => {
      trial.needs(context, "browsing");
      const calls = Array.from({ length: 40 }, (_, index) =>
        trial.log.append("orders", numbered(1, index), index % 2 === 0 ? { partition: 0 } : {}),
      );
      await Promise.all(calls);
      const { records } = await trial.log.browse("orders", 0, 0, 100);
      const even = records.map((record) => Number(text(record))).filter((number) => number % 2 === 0);
      expect(even).toEqual(Array.from({ length: 20 }, (_, index) => index * 2));
    });
  });
}
