import { describe, expect, test } from "vitest";
import type { Event } from "#runtime/broker/inflight/events.js";
import { MachineHarness, TOPIC } from "./machine-harness.js";

type Assigned = Extract<Event, { kind: "assigned" }>;

const once = (id: string, delay?: number) => ({ id, task: "once", atMostOnce: true, ...(delay && { delay }) });
const quick = (id: string, delay?: number) => ({ id, task: "quick", ...(delay && { delay }) });

/** A partition of a shared log, read from there on; `rest`: what else the log says of it. */
function assign(harness: MachineHarness, from: number, rest: Partial<Assigned> = {}): void {
  const facts = { logId: "L", committed: from, takenOver: false, first: 0, end: 100 };
  const share = { from, since: 0, own: true };
  harness.apply({ kind: "assigned", topic: TOPIC, partition: 0, ...facts, share, ...rest });
}

const failures = (harness: MachineHarness) => [...harness.parts.counters.failures];

describe("an in-flight file that is an older copy of the one that the log knew", () => {
  /** Its rows are delayed: q0 and o1, which the later life settled, q2 and o3. The later life read up to 6. */
  function copy(): MachineHarness {
    const harness = new MachineHarness();
    assign(harness, 0);
    harness.arrive(quick("q0", 60), once("o1", 60), quick("q2", 60), once("o3", 60));
    harness.restart();
    const putBack = { what: "journal", settledBelow: 2 } as const;
    assign(harness, 2, { committed: 6, takenOver: true, putBack });
    harness.arriveFrom(2, quick("q2", 60), once("o3", 60), quick("q4"), once("o5"), quick("q6"), once("o7"));
    harness.work("w", ["quick", "once"]);
    harness.apply({ kind: "positionsStored", positions: [{ topic: TOPIC, partition: 0, position: 8 }] });
    return harness;
  }

  test("runs what was not settled and is at-least-once, and fails at-most-once work that may have been started", () => {
    const harness = copy();
    harness.pass(61);
    // o7 came after all that the later life read.
    expect(harness.starts.sort()).toEqual(["o7", "q2", "q4", "q6"]);
    expect(failures(harness)).toEqual([["taken_over", 2]]);
    expect(harness.parts.rows.size).toBe(0);
  });

  test("hands out nothing that may run at most once before the log has answered", () => {
    const harness = new MachineHarness();
    assign(harness, 0);
    harness.arrive(once("o0"));
    harness.apply({ kind: "positionsStored", positions: [{ topic: TOPIC, partition: 0, position: 1 }] });
    const known = { ownership: harness.journal.ownership, rows: [...harness.journal.rows.values()], nextSeq: 9 };
    const partitions = [{ topic: TOPIC, partition: 0, logId: "L", position: 1, done: [] }];
    const again = new MachineHarness({}, { ...known, partitions });
    for (const row of known.rows) again.journal.rows.set(row.seq, row);
    again.work("w", ["once"]);
    expect(again.starts).toEqual([]);
    assign(again, 1);
    expect(again.starts).toEqual(["o0"]);
  });

  test("is recognised, too, when another broker has the partition meanwhile", () => {
    const harness = new MachineHarness();
    assign(harness, 0);
    harness.arrive(once("o0"));
    harness.apply({ kind: "positionsStored", positions: [{ topic: TOPIC, partition: 0, position: 1 }] });
    const known = { ownership: harness.journal.ownership, rows: [...harness.journal.rows.values()], nextSeq: 9 };
    const partitions = [{ topic: TOPIC, partition: 0, logId: "L", position: 1, done: [] }];
    const again = new MachineHarness({}, { ...known, partitions });
    for (const row of known.rows) again.journal.rows.set(row.seq, row);
    again.work("w", ["once"]);
    const place = { topic: TOPIC, partition: 0 };
    again.apply({ kind: "positionRead", ...place, committed: 6, since: 0, own: true, settledBelow: 0 });
    expect([again.starts, failures(again)]).toEqual([[], [["taken_over", 1]]]);
  });
});

describe("a position that somebody else moved", () => {
  const moved = (harness: MachineHarness, to: number) => {
    const rest = { committed: 4, takenOver: true, end: 4, share: { from: to, since: undefined, own: false } };
    assign(harness, to, { ...rest, putBack: { what: "position" } });
  };

  test("back: what is read again runs again, what is in flight does not run twice, and at-most-once work fails", () => {
    const harness = new MachineHarness();
    harness.work("w", ["quick"]);
    assign(harness, 0);
    harness.arrive(quick("q0"), quick("q1"), once("o2"), quick("q3", 600));
    harness.apply({ kind: "revoked", topic: TOPIC, partition: 0 });
    moved(harness, 1);
    harness.arriveFrom(1, quick("q1"), once("o2"), quick("q3", 600), quick("q4"));
    expect(harness.starts).toEqual(["q0", "q1", "q1", "q4"]);
    expect(failures(harness)).toEqual([["unproven", 1]]);
    expect(harness.parts.rows.size).toBe(0);
    harness.pass(601);
    expect(harness.starts).toEqual(["q0", "q1", "q1", "q4", "q3"]);
  });

  test("back over what was skipped before: it runs", () => {
    const harness = new MachineHarness();
    harness.work("w", ["quick"]);
    assign(harness, 0);
    harness.arrive(quick("q0"));
    harness.apply({ kind: "revoked", topic: TOPIC, partition: 0 });
    moved(harness, 3);
    harness.arriveFrom(3, quick("q3"));
    harness.apply({ kind: "revoked", topic: TOPIC, partition: 0 });
    moved(harness, 1);
    harness.arriveFrom(1, quick("q1"), quick("q2"), quick("q3"));
    expect(harness.starts).toEqual(["q0", "q3", "q1", "q2", "q3"]);
  });
});
