import { describe, expect, test } from "vitest";
import { LogClosedError, StaleEpochError } from "#runtime/log/port.js";
import { numbered, records, text } from "../log-support.js";
import { commitOf, type LogTrial, OPTIONS } from "./trial.js";

/** What every log promises about commits, revocations and its end. */
export function exerciseCommit(trial: LogTrial): void {
  describe("commit", () => {
    test("is where the next reader begins", async () => {
      await trial.log.append("orders", records("a", "b", "c"));
      const before = trial.read("orders");
      const { epoch } = await before.assigned();
      await before.take(3);
      await before.reader.commit([commitOf("orders", epoch, 2)]);
      await before.reader.close();
      const after = trial.read("orders");
      const assigned = await after.assigned();
      expect(assigned).toMatchObject({ committed: 2, end: 3, takenOver: false });
      expect(assigned.epoch).toBeGreaterThan(epoch);
      expect((await after.take(1)).map(text)).toEqual(["c"]);
    });

    test("may be in the middle of one append", async () => {
      await trial.log.append("orders", numbered(100));
      const before = trial.read("orders");
      const { epoch } = await before.assigned();
      await before.reader.commit([commitOf("orders", epoch, 37)]);
      await before.reader.close();
      const after = trial.read("orders");
      await after.assigned();
      const taken = await after.take(63);
      expect([taken[0]?.offset, taken.length]).toEqual([37, 63]);
    });

    test("under an epoch that is not owned stores none of its positions", async () => {
      const reading = trial.read("orders", "mails");
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
      expect((await trial.read("orders").assigned()).committed).toBeUndefined();
    });

    test("after the reader was closed is stale", async () => {
      const reading = trial.read("orders");
      const { epoch } = await reading.assigned();
      await reading.reader.close();
      await expect(reading.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
    });

    test("of a reader whose topic another one took is stale, and the reader is notified", async (context) => {
      trial.needs(context, "takeover");
      const old = trial.read("orders");
      const { epoch } = await old.assigned();
      const young = trial.read("orders");
      const assigned = await young.assigned();
      await expect(old.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
      await trial.log.append("orders", records("a"));
      expect(await old.event()).toMatchObject({ kind: "revoked", topic: "orders" });
      expect((await young.take(1)).map(text)).toEqual(["a"]);
      await young.reader.commit([commitOf("orders", assigned.epoch, 1)]);
    });
  });

  describe("revocation", () => {
    test("makes the epoch stale at once and drops what was read ahead", async (context) => {
      trial.needs(context, "revocation");
      const reading = trial.read("orders");
      const { epoch } = await reading.assigned();
      await trial.log.append("orders", records("ahead"));
      trial.under.revoke?.("orders", 0);
      await expect(reading.reader.commit([commitOf("orders", epoch, 0)])).rejects.toBeInstanceOf(StaleEpochError);
      expect(await reading.event()).toMatchObject({ kind: "revoked", topic: "orders", partition: 0 });
    });

    test("and a new assignment continue from the committed position, under the next epoch", async (context) => {
      trial.needs(context, "revocation");
      await trial.log.append("orders", records("a", "b"));
      const reading = trial.read("orders");
      const { epoch } = await reading.assigned();
      await reading.take(2);
      await reading.reader.commit([commitOf("orders", epoch, 1)]);
      trial.under.revoke?.("orders", 0);
      trial.under.assign?.("orders", 0);
      expect((await reading.event()).kind).toBe("revoked");
      const again = await reading.assigned();
      expect(again).toMatchObject({ committed: 1, epoch: epoch + 1 });
      expect((await reading.take(1)).map(text)).toEqual(["b"]);
      await reading.reader.commit([commitOf("orders", again.epoch, 2)]);
    });

    test("of one partition leaves the others alone", async (context) => {
      trial.needs(context, "revocation");
      const reading = trial.read("wide");
      const assigned = [await reading.assigned(), await reading.assigned(), await reading.assigned()];
      trial.under.revoke?.("wide", 1);
      expect(await reading.event()).toMatchObject({ kind: "revoked", partition: 1 });
      const kept = assigned.filter(({ partition }) => partition !== 1);
      await reading.reader.commit(kept.map(({ partition, epoch }) => ({ ...commitOf("wide", epoch, 0), partition })));
    });
  });

  describe("close", () => {
    test("finishes appends that were made before", async (context) => {
      trial.needs(context, "reopening");
      const appended = trial.log.append("orders", records("last"));
      await trial.log.close();
      const [position] = await appended;
      expect(position?.offset).toBe(0);
      await trial.reopen();
      const reading = trial.read("orders");
      await reading.assigned();
      expect((await reading.take(1)).map(text)).toEqual(["last"]);
    });

    test("refuses what comes later and ends readers", async () => {
      const reading = trial.read("orders");
      await reading.assigned();
      const waiting = reading.next();
      await trial.log.close();
      await trial.log.close();
      expect((await waiting).done).toBe(true);
      await expect(trial.log.append("orders", records("late"))).rejects.toBeInstanceOf(LogClosedError);
      await expect(trial.log.everRead("orders", OPTIONS.group)).rejects.toBeInstanceOf(LogClosedError);
      expect(() => trial.log.read(["orders"], OPTIONS)).toThrow(LogClosedError);
    });

    test("keeps records, positions and unique keys for the next opening", async (context) => {
      trial.needs(context, "reopening");
      await trial.log.append("orders", records("a"));
      const unique = trial.lacks.uniqueKeys === undefined ? { uniqueKey: "slot" } : {};
      const [slot] = await trial.log.append("orders", records("b"), unique);
      const before = trial.read("orders");
      const { epoch, logId } = await before.assigned();
      await before.reader.commit([commitOf("orders", epoch, 1)]);
      await trial.log.close();
      await trial.reopen();
      if (trial.lacks.uniqueKeys === undefined)
        expect(await trial.log.append("orders", records("b"), unique)).toEqual([slot]);
      const after = trial.read("orders");
      expect(await after.assigned()).toMatchObject({ committed: 1, end: 2, logId });
      expect((await after.take(1)).map(text)).toEqual(["b"]);
    });
  });
}
