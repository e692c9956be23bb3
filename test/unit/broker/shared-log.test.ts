import { describe, expect, test } from "vitest";
import { row } from "../../support/journal.js";
import { MachineHarness, TOPIC } from "./machine-harness.js";

const PLACE = { topic: TOPIC, partition: 0 };

/** A machine on a partition of a log that other journals share. */
class SharedLogHarness extends MachineHarness {
  /** `own`: the stored position is of this journal. */
  assignShare(from: number, own: boolean, committed: number | undefined = from, logId = "L", since?: number): void {
    const facts = { logId, committed, takenOver: false, first: 0, end: 100 };
    this.apply({ kind: "assigned", ...PLACE, ...facts, share: { from, since, own } });
  }

  revoke(): void {
    this.apply({ kind: "revoked", ...PLACE });
  }

  stored(position: number): void {
    this.apply({ kind: "positionsStored", positions: [{ ...PLACE, position }] });
  }

  stands(committed: number | undefined, own: boolean, since?: number): void {
    this.apply({ kind: "positionRead", ...PLACE, committed, since, own });
  }

  get position(): number | undefined {
    return this.machine.positionOf(PLACE);
  }

  /** Ids of the rows that the journal has. */
  get kept(): string[] {
    return [...this.journal.rows.values()].map(({ id }) => id);
  }
}

const once = (id: string) => ({ id, task: "once", atMostOnce: true });
const quick = (id: string) => ({ id, task: "quick" });

describe("cancel on a shared log", () => {
  test("lets the position pass the record, so that the next owner does not read it again; what is below gets rows", () => {
    const harness = new SharedLogHarness();
    harness.assignShare(0, false);
    harness.arrive(quick("a"), quick("b"), quick("c"));
    expect([harness.position, harness.kept]).toEqual([0, []]);
    expect(harness.act("cancel", ["b"])).toEqual(["done"]);
    expect([harness.position, harness.kept]).toEqual([2, ["a"]]);
  });

  test("of a row from before the start does not let the position pass records that are still to be read", () => {
    const partitions = [{ ...PLACE, logId: "L", position: 0, done: [5, 6] }];
    const rows = [row(9, { ...PLACE, id: "x", offset: 5, application: "app", task: "quick", attempts: 0 })];
    const harness = new SharedLogHarness({}, { partitions, rows, nextSeq: 10 });
    harness.assignShare(0, false);
    expect(harness.act("cancel", ["x"])).toEqual(["done"]);
    expect(harness.position).toBe(0);
  });

  test("ends at-most-once work that waits to be proven ours only when it is proven, also over a restart", () => {
    for (const restarts of [false, true]) {
      const harness = new SharedLogHarness();
      harness.work("w", ["once"]);
      harness.assignShare(0, false);
      harness.arrive(once("o"));
      expect(harness.act("cancel", ["o"])).toEqual(["asked"]);
      expect(harness.parts.counters.ends.cancelled).toBe(0);
      if (restarts) harness.restart();
      if (restarts) harness.assignShare(1, true);
      harness.stored(1);
      expect([harness.parts.counters.ends.cancelled, harness.starts, harness.kept]).toEqual([1, [], []]);
    }
  });
});

describe("the gate of at-most-once work on a shared log", () => {
  test("the partition is ours and the position is at or before it: it waits for the position to be stored", () => {
    const harness = new SharedLogHarness();
    harness.work("w", ["once"]);
    harness.assignShare(0, false);
    harness.arrive(once("o"));
    expect(harness.starts).toEqual([]);
    // It has its row, and the position passes it.
    expect([harness.kept, harness.position]).toEqual([["o"], 1]);
    harness.stored(1);
    expect(harness.starts).toEqual(["o"]);
  });

  test("what is below it gets rows, so that the position can pass it", () => {
    const harness = new SharedLogHarness();
    harness.assignShare(0, false);
    harness.arrive(quick("a"), quick("b"), once("o"), quick("c"));
    expect([harness.kept.sort(), harness.position]).toEqual([["a", "b", "o"], 3]);
    harness.stored(3);
    harness.work("w", ["once", "quick"]);
    expect(harness.starts.sort()).toEqual(["a", "b", "c", "o"]);
  });

  test("the partition is not ours and the position is at or before it: our copy goes, and its owner's is read again later", () => {
    const harness = new SharedLogHarness();
    harness.assignShare(0, false);
    harness.arrive(once("o"));
    harness.revoke();
    harness.work("w", ["once"]);
    harness.stands(0, false);
    expect([harness.starts, harness.kept, harness.parts.rows.size]).toEqual([[], [], 0]);
    // The other one ends without having stored anything: the partition comes here again.
    harness.assignShare(0, false);
    harness.arriveFrom(0, once("o"));
    harness.stored(1);
    expect(harness.starts).toEqual(["o"]);
  });

  test("the position is behind it and is ours: it may be handed out, whatever owner the partition has", () => {
    const harness = new SharedLogHarness();
    harness.work("w", ["once"]);
    harness.assignShare(0, false);
    harness.arrive(once("o"));
    harness.revoke();
    harness.stands(1, true);
    expect(harness.starts).toEqual(["o"]);
  });

  test("the position is behind it and is another's: it ends as failure", () => {
    const harness = new SharedLogHarness();
    harness.work("w", ["once"]);
    harness.assignShare(0, false);
    harness.arrive(once("o"));
    harness.revoke();
    harness.stands(5, false);
    expect([harness.starts, [...harness.parts.counters.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("the position is behind it and is another's who has read it too: our copies go, and nothing ends here", () => {
    for (const comesBack of [false, true]) {
      const harness = new SharedLogHarness();
      harness.assignShare(0, false);
      harness.arrive(once("o"), quick("a"), once("p"));
      if (comesBack) harness.assignShare(3, false, 3, "L", 2);
      else harness.revoke();
      if (!comesBack) harness.stands(3, false, 2);
      harness.work("w", ["once", "quick"]);
      // Nobody knows what came before that.
      expect([harness.starts, [...harness.parts.counters.failures]]).toEqual([["a"], [["unproven", 1]]]);
      expect(harness.kept).not.toContain("p");
    }
  });

  test("comes back with the partition: another's position behind it makes it a failure, ours hands it out", () => {
    for (const own of [false, true]) {
      const harness = new SharedLogHarness();
      harness.work("w", ["once"]);
      harness.assignShare(0, false);
      harness.arrive(once("o"));
      harness.revoke();
      harness.assignShare(5, own);
      expect([harness.starts, harness.parts.counters.failures.size]).toEqual(own ? [["o"], 0] : [[], 1]);
    }
  });

  test("a position of ours does not prove what another one passed before it", () => {
    const harness = new SharedLogHarness({ memoryWindow: 1000 });
    harness.work("w", ["once"]);
    harness.assignShare(0, false);
    harness.arrive({ ...once("late"), delay: 3600 });
    harness.revoke();
    // Another journal has passed it; then the partition is ours again, and so is the next position.
    harness.assignShare(5, false);
    harness.arriveFrom(5, quick("n"));
    harness.stored(6);
    harness.revoke();
    harness.tick(3_600_000);
    expect(harness.starts).toEqual([]);
    harness.stands(6, true);
    expect([harness.starts, [...harness.parts.counters.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("one that comes due while the partition is ours again, and another one has passed it, ends as failure", () => {
    const harness = new SharedLogHarness({ memoryWindow: 1000 });
    harness.work("w", ["once"]);
    harness.assignShare(0, false);
    harness.arrive({ ...once("late"), delay: 3600 });
    harness.revoke();
    harness.assignShare(5, false);
    harness.tick(3_600_000);
    expect([harness.starts, [...harness.parts.counters.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("after a start, a row whose position was stored before is handed out, whichever broker has passed it since", () => {
    const before = new SharedLogHarness();
    before.assignShare(0, false);
    before.arrive(once("o"), once("p"));
    before.stored(1);
    const rows = [...before.journal.rows.values()];
    const partitions = [{ ...PLACE, logId: "L", position: 2, done: [] }];
    const harness = new SharedLogHarness({}, { nextSeq: 10, rows, partitions, ownership: before.journal.ownership });
    for (const row of rows) harness.journal.rows.set(row.seq, row);
    harness.work("w", ["once"]);
    // Until the log was heard, it may be the row of an older copy.
    expect(harness.starts).toEqual([]);
    harness.stands(9, false);
    expect([harness.starts, [...harness.parts.counters.failures]]).toEqual([["o"], [["unproven", 1]]]);
  });
});

describe("a partition that is given away", () => {
  test("leaves what nobody touched to its next owner, and keeps what was claimed", () => {
    const harness = new SharedLogHarness();
    harness.holdsOutcomes = true;
    harness.assignShare(0, false);
    harness.arrive(quick("a"), quick("b"), quick("c"));
    harness.work("w", ["quick"], 1);
    expect(harness.starts).toEqual(["a"]);
    harness.revoke();
    expect([harness.kept, harness.position, harness.parts.rows.size, harness.parts.counters.drops.surrendered]).toEqual(
      [["a"], 1, 1, 2],
    );
  });

  test("closes gaps below what has ended: nothing that ended is read again", () => {
    const harness = new SharedLogHarness();
    harness.assignShare(0, false);
    harness.arrive(quick("a"), { id: "b", task: "other" }, quick("c"));
    harness.work("w", ["other"]);
    expect(harness.starts).toEqual(["b"]);
    harness.revoke();
    expect([harness.kept, harness.position]).toEqual([["a"], 2]);
    harness.work("v", ["quick"]);
    expect(harness.starts).toEqual(["b", "a"]);
  });

  test("begins where the log says when it comes back, and drops what is done already", () => {
    const harness = new SharedLogHarness();
    harness.work("w", ["quick"]);
    harness.assignShare(0, false);
    harness.arrive(quick("a"), quick("b"));
    harness.revoke();
    // The position could not be stored.
    harness.assignShare(0, false);
    harness.arriveFrom(0, quick("a"), quick("b"), quick("c"));
    expect([harness.starts, harness.parts.counters.drops.redelivered]).toEqual([["a", "b", "c"], 2]);
    harness.revoke();
    harness.assignShare(10, false);
    harness.arriveFrom(10, quick("k"));
    expect([harness.starts, harness.position]).toEqual([["a", "b", "c", "k"], 11]);
  });
});
