import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineHarness, TOPIC, times } from "./machine-harness.js";

/** A claim of the boot before the harness's. */
const OLD_CLAIM = 7;
const GRACE_SECONDS = DEFAULT_LIMITS.sessionGrace / 1000;
const HOUR = 3600;

const NOTHING = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

function partition(topic: string, position: number) {
  return { topic, partition: 0, logId: "L", position, done: [] };
}

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

describe("the runs of a worker that is gone", () => {
  it("are logged once, by number and at debug by id, and are handed out again with how often they were lost", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"], 3);
    harness.arrive({ id: "a" }, { id: "b" }, { id: "once", atMostOnce: true });
    expect(harness.delivered.map(({ lost }) => lost)).toEqual([undefined, undefined, undefined]);
    harness.apply({ kind: "lost", session: "w", since: harness.now });
    expect(harness.said).toEqual([]);
    harness.pass(GRACE_SECONDS + 5);
    const told = harness.said.filter(({ message }) => message.includes("redelivered"));
    expect(told).toMatchObject([
      {
        level: "warn",
        message: "2 runs of worker w will be redelivered",
        fields: { worker: "w", runs: 2, failed: 1 },
      },
      { level: "debug", fields: { id: "a", worker: "w", lost: 1 } },
      { level: "debug", fields: { id: "b", worker: "w", lost: 1 } },
    ]);
    harness.work("v", ["t"], 3);
    expect(harness.delivered.slice(3)).toMatchObject([{ lost: 1 }, { lost: 1 }]);
    harness.fail("v");
    expect(harness.said.filter(({ message }) => message === "discarded").map(({ fields }) => fields)).toMatchObject([
      { id: "once", reason: "worker_lost", lost: 1 },
      { id: "a", reason: "error", lost: 1 },
      { id: "b", reason: "error", lost: 1 },
    ]);
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

describe("a claim that a worker does not bring back to its next session", () => {
  const without = (started: boolean): MachineHarness => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive({ id: "once", atMostOnce: true }, { id: "any" });
    if (started) {
      const starts = harness.claimsOf("w").map((claim) => ({ claim, since: 200 }));
      harness.apply({ kind: "started", session: "w", starts });
    }
    harness.apply({ kind: "lost", session: "w" });
    const offers = [{ name: "t", hash: "" }];
    harness.apply({ kind: "opened", session: "w2", worker: "w", application: "app", tasks: offers, held: [] });
    harness.apply({ kind: "credit", session: "w2", count: 9 });
    return harness;
  };

  it("starts again, unless it may start only once and was reported as started", () => {
    const harness = without(true);
    expect(harness.starts.filter((id) => id === "once")).toHaveLength(1);
    expect(harness.starts.filter((id) => id === "any")).toHaveLength(2);
    expect(harness.parts.tallies.total()).toMatchObject({ processing: 1 });
  });

  it("is returned when it was not reported as started, at-most-once work too", () => {
    expect(without(false).starts.toSorted()).toEqual(["any", "any", "once", "once"]);
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

describe("a fetch of at-most-once work", () => {
  function fetched(): MachineHarness {
    const harness = new MachineHarness();
    harness.holdsCommits = true;
    harness.assign();
    harness.arrive({ atMostOnce: true, deadline: 1 });
    const holdUntil = harness.now + 1000;
    harness.apply({ kind: "fetch", fetch: 1, application: undefined, namespace: undefined, holdUntil });
    return harness;
  }

  it("is answered with nothing when its claim was lost before the proof", () => {
    const harness = fetched();
    const number = harness.commit();
    const [row] = harness.journal.rows.values();
    harness.apply({ kind: "refused", claim: row?.claim ?? 0 });
    harness.apply({ kind: "committed", number });
    expect(harness.handOuts).toEqual([undefined]);
  });

  it("has its deadline counted from the hand-out, however long the proof takes", () => {
    const harness = fetched();
    const number = harness.commit();
    harness.pass(100);
    expect(harness.handOuts).toEqual([]);
    harness.apply({ kind: "committed", number });
    expect([harness.handOuts, harness.parts.counters.failures.size]).toEqual([["i0"], 0]);
    harness.tick(1000 + DEFAULT_LIMITS.grace - 1);
    expect(harness.parts.counters.failures.size).toBe(0);
    harness.tick(1);
    expect(harness.parts.counters.failures.size).toBe(1);
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
