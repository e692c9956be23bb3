import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineHarness, TOPIC, times } from "./machine-harness.js";
import { HOUR, NOTHING } from "./machine-runs.js";

describe("a sleep of the machine", () => {
  it("makes what was due meanwhile due at once, whether it waits in memory or in the journal", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive({ id: "soon", delay: 30 }, { id: "later", delay: HOUR }, { id: "tomorrow", delay: 24 * HOUR });
    expect(harness.starts).toEqual([]);
    harness.sleep(10 * HOUR * 1000);
    expect(harness.starts).toEqual(["soon", "later"]);
    expect(harness.machine.nextWake(harness.now) - harness.now).toBeLessThanOrEqual(14 * HOUR * 1000);
    harness.pass(2);
    harness.sleep(14 * HOUR * 1000);
    expect(harness.starts).toEqual(["soon", "later", "tomorrow"]);
  });

  it("hands out nothing that has expired, however many expire at once", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.work("w", ["t"], 0);
    harness.arrive(...times(5000, { expires: 60 }).map((record, at) => ({ ...record, id: `e${at}` })), { id: "lives" });
    harness.now += 60_000;
    harness.apply({ kind: "credit", session: "w", count: 10_000 });
    expect(harness.starts.filter((id) => id !== "lives")).toEqual([]);
    while (harness.machine.nextWake(harness.now) <= harness.now) harness.tick(0);
    expect(harness.starts).toEqual(["lives"]);
    expect(harness.parts.counters.ends.expired).toBe(5000);
  });

  it("lets expire what nobody started in time, and ends the memory of an id", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive({ id: "stale", expires: 60 });
    harness.sleep(61_000);
    expect(harness.parts.counters.ends.expired).toBe(1);
    harness.work("w", ["t"]);
    harness.arrive({ id: "once", atMostOnce: true });
    expect(harness.parts.finished.size).toBe(1);
    harness.sleep(26 * HOUR * 1000);
    expect(harness.parts.finished.size).toBe(0);
  });

  it("takes no time from a run: its deadline passes by what lasts, also after a restart of the broker", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive({ id: "long", deadline: 60 });
    harness.apply({
      kind: "started",
      session: "w",
      starts: harness.claimsOf("w").map((claim) => ({ claim, since: 0 })),
    });
    harness.tick(10_000);
    harness.sleep(10 * HOUR * 1000);
    harness.pass(45);
    expect(harness.parts.tallies.total().processing).toBe(1);
    harness.restart();
    harness.pass(7);
    expect(harness.parts.tallies.total()).toMatchObject({ processing: 1, pending: 0 });
    harness.pass(2);
    expect(harness.parts.tallies.total()).toMatchObject({ processing: 0, pending: 1 });
  });
});

describe("an id that the caller chose", () => {
  const CHOSEN = { id: "mine", chosenId: true };

  function started(): MachineHarness {
    const harness = new MachineHarness();
    harness.assign();
    harness.work("w", ["t"]);
    return harness;
  }

  it.each([
    ["has ended", CHOSEN, 0],
    ["waits in memory for its delay", { ...CHOSEN, delay: 30 }, 31],
    ["waits in the journal for its delay, for days", { ...CHOSEN, delay: 72 * HOUR }, 72 * HOUR + 1],
  ])("runs once when it is sent again while the first %s, before and after a restart", (_, first, due) => {
    for (const restarts of [false, true]) {
      const harness = started();
      harness.arrive(first);
      if (restarts) {
        harness.restart();
        harness.assign({ end: 1 });
        harness.work("w", ["t"]);
      }
      harness.arrive(CHOSEN);
      harness.sleep(due * 1000);
      harness.arrive(CHOSEN);
      expect(harness.starts).toEqual(["mine"]);
      expect(harness.parts.counters.drops.duplicate + harness.parts.counters.drops.finished).toBe(2);
    }
  });

  it("runs once when it is sent again while the first is parked", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive(CHOSEN);
    harness.pass(DEFAULT_LIMITS.parkAfter / 1000 + 2);
    expect(harness.parts.tallies.total().parked).toBe(1);
    harness.arrive(CHOSEN);
    harness.work("w", ["t"]);
    harness.pass(2);
    expect(harness.starts).toEqual(["mine"]);
  });

  it("runs again 25 h after its end, and one that taskwire drew at once", () => {
    const harness = started();
    harness.arrive(CHOSEN, { id: "drawn" });
    harness.arrive(CHOSEN, { id: "drawn" });
    harness.sleep(25 * HOUR * 1000);
    harness.arrive(CHOSEN);
    expect(harness.starts).toEqual(["mine", "drawn", "drawn", "mine"]);
  });
});

describe("delayed work", () => {
  it("lets parked work come back although it fills memory", () => {
    const harness = new MachineHarness({ maxPendingCount: 16, loadLimit: 4 });
    harness.assign();
    harness.arrive({ id: "parked", task: "other" });
    harness.work("w", ["t"]);
    const stream = (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        harness.arrive({ delay: 50 });
        harness.tick(1000);
      }
    };
    stream(100);
    expect(harness.parts.tallies.total()).toMatchObject({ parked: 1, delayed: 49 });
    harness.work("other", ["other"]);
    stream(5);
    expect(harness.starts).toContain("parked");
    expect(harness.parts.tallies.total()).toMatchObject({ parked: 0, delayed: 49 });
  });

  it("with a short delay is not held up by more work with a longer one than memory takes", () => {
    const harness = new MachineHarness({ maxPendingCount: 64, loadLimit: 16 });
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive(...times(64, { delay: 55 }));
    harness.arrive({ id: "soon", delay: 2 });
    harness.pass(3);
    expect(harness.starts).toEqual(["soon"]);
    harness.pass(60);
    expect(harness.starts).toHaveLength(65);
  });

  it("that is demoted is counted out of memory once", () => {
    const harness = new MachineHarness({ maxLiveBytes: 100_000 });
    harness.holdsPublications = true;
    harness.assign();
    harness.apply({ kind: "policy", policy: { judge: ({ task }) => (task === "cold" ? "demote" : "keep") } });
    for (let round = 0; round < 10; round += 1) {
      harness.arrive(...times(10, { task: "cold", delay: HOUR, bytes: 5000 }));
      harness.publish();
    }
    expect([harness.parts.counters.ends.forwarded, harness.parts.rows.size, harness.parts.rows.bytes]).toEqual([
      100, 0, 0,
    ]);
    harness.arrive(...times(20, { bytes: 5000 }));
    expect([harness.parts.rows.bytes, ...harness.parts.backpressure.topic(TOPIC).paused]).toEqual([100_000, "memory"]);
  });

  it("that was released and parked while a load was under way is counted once", () => {
    const harness = new MachineHarness({ loadLimit: 3 });
    harness.assign();
    // Nobody takes the task.
    harness.arrive({ id: "first" });
    harness.arrive(...times(4, { delay: HOUR }));
    harness.pass(62);
    expect(harness.parts.tallies.total()).toEqual({ ...NOTHING, parked: 1, delayed: 4 });
    harness.holdsLoads = true;
    const takeLoad = () => {
      const load = harness.held.shift();
      if (load?.kind !== "load") throw new Error("no load is asked for");
      return harness.journal.load(load);
    };
    // The four are overdue, and three come at a time.
    harness.tick(HOUR * 1000);
    const three = takeLoad();
    harness.arrive({ id: "released", delay: 1, receivedAt: harness.now - 500 });
    harness.apply(three);
    const rest = takeLoad();
    expect(rest.rows.map(({ id }) => id)).toContain("released");
    harness.tick(1000);
    expect([...harness.journal.rows.values()].find(({ id }) => id === "released")?.state).toBe("parked");
    harness.apply(rest);
    harness.holdsLoads = false;
    for (const load of harness.held.splice(0)) if (load.kind === "load") harness.apply(harness.journal.load(load));
    harness.work("w", ["t"]);
    harness.pass(10);
    expect([...harness.starts].sort()).toEqual(["first", "i1", "i2", "i3", "i4", "released"]);
    expect(harness.parts.tallies.total()).toEqual(NOTHING);
    expect(harness.parts.backpressure.topic(TOPIC)).toMatchObject({ delayed: 0, parked: 0, pending: 0 });
    expect(harness.journal.rows.size).toBe(0);
  });
});

describe("parked work", () => {
  it("comes back namespace by namespace in turn, also when one has more than its worker takes", () => {
    const harness = new MachineHarness({ maxPendingCount: 16, loadLimit: 4 });
    harness.holdsOutcomes = true;
    harness.assign();
    const put = (namespace: string, count: number) => harness.arrive(...times(count, { namespace, task: namespace }));
    put("A", 4);
    put("B", 4);
    harness.pass(40);
    put("A", 200);
    expect(harness.parts.tallies.total()).toMatchObject({ parked: 208, pending: 0 });
    harness.work("A", ["A"], 1);
    harness.work("B", ["B"], 4);
    // The worker of A takes one a second, and more than that comes.
    for (let second = 0; second < 60; second += 1) {
      if (harness.paused === 0) put("A", 2);
      harness.complete("A", harness.claimsOf("A"));
      harness.apply({ kind: "credit", session: "A", count: 1 });
      harness.tick(1000);
    }
    const parked = new Map([...harness.parts.tallies].map((tally) => [tally.namespace, tally.parked]));
    expect(harness.claimsOf("B")).toHaveLength(4);
    expect(parked.get("B")).toBe(0);
    expect(parked.get("A")).toBeGreaterThan(0);
  });
});

describe("credit that is withdrawn", () => {
  it("brings nothing more; what is given after it does, and at-most-once work not proven yet is pending again", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"], 5);
    harness.arrive({ id: "a" });
    harness.holdsCommits = true;
    harness.arrive({ id: "once", atMostOnce: true });
    harness.apply({ kind: "withdrawn", session: "w" });
    harness.arrive({ id: "b" });
    expect(harness.starts).toEqual(["a"]);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 2, processing: 1 });
    harness.apply({ kind: "credit", session: "w", count: 1 });
    harness.holdsCommits = false;
    harness.tick(1);
    expect(harness.starts).toEqual(["a", "once"]);
  });
});
