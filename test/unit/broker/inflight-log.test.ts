import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineHarness, TOPIC, times } from "./machine-harness.js";

/** A claim of the boot before the harness's. */
const OLD_CLAIM = 7;
const GRACE_SECONDS = DEFAULT_LIMITS.sessionGrace / 1000;

/** The position of a partition as the journal has it. */
function partition(topic: string, position: number) {
  return { topic, partition: 0, logId: "L", position, done: [] };
}

describe("an outcome brought back for an activation that was settled before the start", () => {
  function bringBack(harness: MachineHarness): void {
    harness.open("w", ["t"], [{ claim: OLD_CLAIM, id: "settled" }]);
    harness.complete("w", [OLD_CLAIM]);
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(true);
    expect(harness.machine.nextWake(harness.now)).toBeLessThanOrEqual(harness.now + DEFAULT_LIMITS.sessionGrace);
  }

  it("is acknowledged within the session's grace when a topic left the pool", () => {
    const harness = new MachineHarness({}, { partitions: [partition("gone", 3), partition(TOPIC, 3)], workers: ["w"] });
    harness.assign({ end: 3 });
    bringBack(harness);
    harness.tick(DEFAULT_LIMITS.sessionGrace);
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(false);
    expect(harness.parts.counters.drops.stale).toBe(1);
  });

  it("is acknowledged at once when the log is trimmed to its end", () => {
    const rebuilt = [{ topic: TOPIC, partition: 0, until: 500, kept: new Float64Array(0) }];
    const harness = new MachineHarness({}, { partitions: [partition(TOPIC, 0)], rebuilt, workers: ["w"] });
    harness.assign({ first: 500, end: 500 });
    harness.open("w", ["t"], [{ claim: OLD_CLAIM, id: "settled" }]);
    harness.complete("w", [OLD_CLAIM]);
    harness.tick(1);
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(false);
  });

  it("is acknowledged within the session's grace while a long backlog is being read", () => {
    const harness = new MachineHarness({ maxPendingCount: 100 }, { partitions: [partition(TOPIC, 3)], workers: ["w"] });
    harness.assign({ end: 1003 });
    bringBack(harness);
    harness.arriveFrom(3, ...times(100));
    expect(harness.paused).toBe(1);
    harness.pass(GRACE_SECONDS);
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(false);
  });

  it("is not acknowledged before, and settles the activation when it is read in time", () => {
    const harness = new MachineHarness({}, { partitions: [partition(TOPIC, 3)], workers: ["w"] });
    harness.assign({ end: 1003 });
    bringBack(harness);
    harness.tick(DEFAULT_LIMITS.sessionGrace - 1);
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(true);
    harness.arriveFrom(3, { id: "settled" });
    expect(harness.machine.awaits([OLD_CLAIM])).toBe(false);
    expect([
      harness.parts.counters.ends.completed,
      harness.parts.counters.drops.stale,
      harness.parts.rows.size,
    ]).toEqual([1, 0, 0]);
  });
});

describe("what the log refuses for good", () => {
  function refused(...ids: readonly string[]): MachineHarness {
    const harness = new MachineHarness({ maxPendingCount: 4 });
    harness.holdsPublications = true;
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"], 4);
    harness.arrive(...ids.map((id) => ({ id, atMostOnce: true, deadLetter: true })));
    harness.fail("w");
    harness.refuse();
    expect(harness.parts.counters.unpublishable.named.map(({ id }) => id)).toEqual(ids);
    return harness;
  }

  it("does not hold reading back", () => {
    const harness = refused("a", "b", "c", "d");
    harness.pass(1);
    expect([
      harness.paused,
      harness.parts.room,
      harness.parts.rows.size,
      harness.parts.backpressure.topic(TOPIC).pending,
    ]).toEqual([0, 4, 0, 0]);
    expect(harness.journal.rows.size).toBe(4);
  });

  it("lets no second copy of it start", () => {
    const harness = refused("once");
    harness.apply({ kind: "credit", session: "w", count: 1 });
    harness.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    expect([harness.starts, harness.parts.counters.drops.finished]).toEqual([["once"], 1]);
    harness.restart();
    harness.assign({ end: 2 });
    harness.work("w", ["t"], 1);
    harness.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    harness.publish();
    harness.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    expect([harness.starts, harness.parts.counters.ends.deadlettered]).toEqual([["once"], 1]);
  });

  it("runs in its new topic when the log takes it after the next start", () => {
    const harness = new MachineHarness();
    harness.holdsPublications = true;
    harness.assign();
    harness.apply({ kind: "policy", policy: { judge: () => "demote" } });
    harness.arrive({ id: "once", atMostOnce: true });
    harness.refuse();
    expect(harness.parts.counters.unpublishable.count).toBe(1);
    // A second copy is not forwarded either.
    harness.arrive({ id: "once", atMostOnce: true });
    expect([harness.held.length, harness.parts.counters.drops.finished]).toEqual([0, 1]);
    harness.restart();
    harness.assign({ end: 2 });
    harness.work("w", ["t"]);
    harness.publish();
    harness.arrive({ id: "once", atMostOnce: true });
    expect([harness.parts.counters.ends.forwarded, harness.starts]).toEqual([1, ["once"]]);
  });
});

describe("a log that ends before what was read of it", () => {
  it("is read again: at-most-once work it has ends as failure, all other work runs", () => {
    const harness = new MachineHarness({}, { partitions: [{ ...partition(TOPIC, 15), done: [17, 19] }] });
    harness.assign({ end: 8 });
    harness.work("w", ["t"]);
    harness.arriveFrom(5, { id: "a" }, { id: "once", atMostOnce: true }, { id: "b" });
    harness.arriveFrom(8, { id: "later", atMostOnce: true });
    expect(harness.starts).toEqual(["a", "b", "later"]);
    expect([...harness.parts.counters.failures]).toEqual([["store_corrupt", 1]]);
    expect([harness.parts.counters.drops.redelivered, harness.parts.counters.reread]).toEqual([0, 2]);
  });
});

describe("a log that was replaced", () => {
  it("has none of its records taken for kept ones or for lost ones", () => {
    const rebuilt = [{ topic: TOPIC, partition: 0, until: 10, kept: Float64Array.of(1, 2) }];
    const harness = new MachineHarness({}, { partitions: [{ ...partition(TOPIC, 0), logId: "OLD" }], rebuilt });
    harness.assign({ logId: "NEW", end: 5 });
    harness.arrive({ atMostOnce: true }, ...times(3));
    expect([...harness.parts.rows].map(({ facts }) => facts.id)).toEqual(["i0", "i1", "i2", "i3"]);
    expect([harness.parts.counters.drops.redelivered, harness.parts.counters.failures.size]).toEqual([0, 0]);
  });

  it("leaves what is in flight of the old one to the journal", () => {
    const harness = new MachineHarness();
    harness.assign({ logId: "OLD" });
    harness.arrive({ id: "a" }, { id: "b" });
    expect(harness.journal.rows.size).toBe(0);
    harness.assign({ logId: "NEW" });
    expect([...harness.journal.rows.values()].map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("has no record passed over because one of the old log at its place was settled", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign({ logId: "OLD" });
    harness.work("w", ["t"]);
    harness.arrive({ id: "old" });
    harness.holdsCommits = true;
    harness.assign({ logId: "NEW" });
    harness.complete("w", harness.claimsOf("w"));
    harness.arriveFrom(0, { id: "new" });
    expect([harness.starts, harness.parts.counters.drops.redelivered]).toEqual([["old", "new"], 0]);
  });
});
