import { describe, expect, test } from "vitest";
import { MachineBed, TOPIC } from "./machine-harness.js";

const PLACE = { topic: TOPIC, partition: 0 };

/** A machine on a partition of a log that other journals share. */
class SharedBed extends MachineBed {
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

describe("the gate of at-most-once work on a shared log", () => {
  test("the partition is ours and the position lies at or before it: it waits for the position to be stored", () => {
    const bed = new SharedBed();
    bed.work("w", ["once"]);
    bed.assignShare(0, false);
    bed.arrive(once("o"));
    expect(bed.starts).toEqual([]);
    // It has its row, and the position passes it.
    expect([bed.kept, bed.position]).toEqual([["o"], 1]);
    bed.stored(1);
    expect(bed.starts).toEqual(["o"]);
  });

  test("what lies below it gets rows, so that the position can pass it", () => {
    const bed = new SharedBed();
    bed.assignShare(0, false);
    bed.arrive(quick("a"), quick("b"), once("o"), quick("c"));
    expect([bed.kept.sort(), bed.position]).toEqual([["a", "b", "o"], 3]);
    bed.stored(3);
    bed.work("w", ["once", "quick"]);
    expect(bed.starts.sort()).toEqual(["a", "b", "c", "o"]);
  });

  test("the partition is not ours and the position lies at or before it: our copy goes, and its owner's is read again later", () => {
    const bed = new SharedBed();
    bed.assignShare(0, false);
    bed.arrive(once("o"));
    bed.revoke();
    bed.work("w", ["once"]);
    bed.stands(0, false);
    expect([bed.starts, bed.kept, bed.core.live]).toEqual([[], [], 0]);
    // The other one ends without having stored anything: the partition comes here again.
    bed.assignShare(0, false);
    bed.arriveFrom(0, once("o"));
    bed.stored(1);
    expect(bed.starts).toEqual(["o"]);
  });

  test("the position lies behind it and is ours: it may be handed out, whoever owns the partition", () => {
    const bed = new SharedBed();
    bed.work("w", ["once"]);
    bed.assignShare(0, false);
    bed.arrive(once("o"));
    bed.revoke();
    bed.stands(1, true);
    expect(bed.starts).toEqual(["o"]);
  });

  test("the position lies behind it and is another's: it ends as failure", () => {
    const bed = new SharedBed();
    bed.work("w", ["once"]);
    bed.assignShare(0, false);
    bed.arrive(once("o"));
    bed.revoke();
    bed.stands(5, false);
    expect([bed.starts, [...bed.core.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("the position lies behind it and is another's who has read it too: our copies go, and nothing ends here", () => {
    for (const comesBack of [false, true]) {
      const bed = new SharedBed();
      bed.assignShare(0, false);
      bed.arrive(once("o"), quick("a"), once("p"));
      if (comesBack) bed.assignShare(3, false, 3, "L", 2);
      else bed.revoke();
      if (!comesBack) bed.stands(3, false, 2);
      bed.work("w", ["once", "quick"]);
      // Of what lies before that nobody knows.
      expect([bed.starts, [...bed.core.failures]]).toEqual([["a"], [["unproven", 1]]]);
      expect(bed.kept).not.toContain("p");
    }
  });

  test("comes back with the partition: another's position behind it makes it a failure, ours hands it out", () => {
    for (const own of [false, true]) {
      const bed = new SharedBed();
      bed.work("w", ["once"]);
      bed.assignShare(0, false);
      bed.arrive(once("o"));
      bed.revoke();
      bed.assignShare(5, own);
      expect([bed.starts, bed.core.failures.size]).toEqual(own ? [["o"], 0] : [[], 1]);
    }
  });

  test("a position of ours does not prove what another one passed before it", () => {
    const bed = new SharedBed({ memoryWindow: 1000 });
    bed.work("w", ["once"]);
    bed.assignShare(0, false);
    bed.arrive({ ...once("late"), delay: 3600 });
    bed.revoke();
    // Another journal has passed it; then the partition is ours again, and so is the next position.
    bed.assignShare(5, false);
    bed.arriveFrom(5, quick("n"));
    bed.stored(6);
    bed.revoke();
    bed.tick(3_600_000);
    expect(bed.starts).toEqual([]);
    bed.stands(6, true);
    expect([bed.starts, [...bed.core.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("one that comes due while the partition is ours again, and another one has passed it, ends as failure", () => {
    const bed = new SharedBed({ memoryWindow: 1000 });
    bed.work("w", ["once"]);
    bed.assignShare(0, false);
    bed.arrive({ ...once("late"), delay: 3600 });
    bed.revoke();
    bed.assignShare(5, false);
    bed.tick(3_600_000);
    expect([bed.starts, [...bed.core.failures]]).toEqual([[], [["unproven", 1]]]);
  });

  test("after a start, a row whose position was stored before is handed out, whoever has passed it since", () => {
    const before = new SharedBed();
    before.assignShare(0, false);
    before.arrive(once("o"), once("p"));
    before.stored(1);
    const rows = [...before.journal.rows.values()];
    const partitions = [{ ...PLACE, logId: "L", position: 2, done: [] }];
    const bed = new SharedBed({}, { nextSeq: 10, rows, partitions, ownership: before.journal.ownership });
    for (const row of rows) bed.journal.rows.set(row.seq, row);
    bed.work("w", ["once"]);
    // Until the log was heard, it may be the row of an older copy.
    expect(bed.starts).toEqual([]);
    bed.stands(9, false);
    expect([bed.starts, [...bed.core.failures]]).toEqual([["o"], [["unproven", 1]]]);
  });
});

describe("a partition that is given away", () => {
  test("leaves what nobody touched to its next owner, and keeps what was claimed", () => {
    const bed = new SharedBed();
    bed.holdsOutcomes = true;
    bed.assignShare(0, false);
    bed.arrive(quick("a"), quick("b"), quick("c"));
    bed.work("w", ["quick"], 1);
    expect(bed.starts).toEqual(["a"]);
    bed.revoke();
    expect([bed.kept, bed.position, bed.core.live, bed.core.drops.surrendered]).toEqual([["a"], 1, 1, 2]);
  });

  test("closes gaps below what has ended: nothing that ended is read again", () => {
    const bed = new SharedBed();
    bed.assignShare(0, false);
    bed.arrive(quick("a"), { id: "b", task: "other" }, quick("c"));
    bed.work("w", ["other"]);
    expect(bed.starts).toEqual(["b"]);
    bed.revoke();
    expect([bed.kept, bed.position]).toEqual([["a"], 2]);
    bed.work("v", ["quick"]);
    expect(bed.starts).toEqual(["b", "a"]);
  });

  test("begins where the log says when it comes back, and drops what is done already", () => {
    const bed = new SharedBed();
    bed.work("w", ["quick"]);
    bed.assignShare(0, false);
    bed.arrive(quick("a"), quick("b"));
    bed.revoke();
    // The position could not be stored.
    bed.assignShare(0, false);
    bed.arriveFrom(0, quick("a"), quick("b"), quick("c"));
    expect([bed.starts, bed.core.drops.redelivered]).toEqual([["a", "b", "c"], 2]);
    bed.revoke();
    bed.assignShare(10, false);
    bed.arriveFrom(10, quick("k"));
    expect([bed.starts, bed.position]).toEqual([["a", "b", "c", "k"], 11]);
  });
});
