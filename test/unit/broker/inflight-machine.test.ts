import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineBed, TOPIC, times } from "./machine-harness.js";

/** A claim of the boot before the bed's. */
const OLD_CLAIM = 7;
const GRACE_SECONDS = DEFAULT_LIMITS.sessionGrace / 1000;
const HOUR = 3600;

const NOTHING = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

function partition(topic: string, position: number) {
  return { topic, partition: 0, logId: "L", position, done: [] };
}

describe("a sleep of the machine", () => {
  it("makes what was due meanwhile due at once, whether it waits in memory or in the journal", () => {
    const bed = new MachineBed();
    bed.assign();
    bed.work("w", ["t"]);
    bed.arrive({ id: "soon", delay: 30 }, { id: "later", delay: HOUR }, { id: "tomorrow", delay: 24 * HOUR });
    expect(bed.starts).toEqual([]);
    bed.sleep(10 * HOUR * 1000);
    expect(bed.starts).toEqual(["soon", "later"]);
    expect(bed.machine.nextWake(bed.now) - bed.now).toBeLessThanOrEqual(14 * HOUR * 1000);
    bed.pass(2);
    bed.sleep(14 * HOUR * 1000);
    expect(bed.starts).toEqual(["soon", "later", "tomorrow"]);
  });

  it("lets expire what nobody started in time, and ends the memory of an id", () => {
    const bed = new MachineBed();
    bed.assign();
    bed.arrive({ id: "stale", expires: 60 });
    bed.sleep(61_000);
    expect(bed.core.ends.expired).toBe(1);
    bed.work("w", ["t"]);
    bed.arrive({ id: "once", atMostOnce: true });
    expect(bed.core.finished.size).toBe(1);
    bed.sleep(26 * HOUR * 1000);
    expect(bed.core.finished.size).toBe(0);
  });

  it("takes no time from a run: its deadline passes by what lasts, also after a restart of the broker", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"]);
    bed.arrive({ id: "long", deadline: 60 });
    bed.apply({ kind: "started", session: "w", starts: bed.claimsOf("w").map((claim) => ({ claim, since: 0 })) });
    bed.tick(10_000);
    bed.sleep(10 * HOUR * 1000);
    bed.pass(45);
    expect(bed.core.tallies.total().processing).toBe(1);
    bed.restart();
    bed.pass(7);
    expect(bed.core.tallies.total()).toMatchObject({ processing: 1, pending: 0 });
    bed.pass(2);
    expect(bed.core.tallies.total()).toMatchObject({ processing: 0, pending: 1 });
  });
});

describe("the runs of a worker that is gone", () => {
  it("are told once, by number and at debug by id, and know when they run again how often they were lost", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"], 3);
    bed.arrive({ id: "a" }, { id: "b" }, { id: "once", atMostOnce: true });
    expect(bed.delivered.map(({ lost }) => lost)).toEqual([undefined, undefined, undefined]);
    bed.apply({ kind: "lost", session: "w", since: bed.now });
    expect(bed.said).toEqual([]);
    bed.pass(GRACE_SECONDS + 5);
    const told = bed.said.filter(({ message }) => message.includes("redelivered"));
    expect(told).toMatchObject([
      {
        level: "warn",
        message: "2 runs of worker w will be redelivered",
        fields: { worker: "w", runs: 2, failed: 1 },
      },
      { level: "debug", fields: { id: "a", worker: "w", lost: 1 } },
      { level: "debug", fields: { id: "b", worker: "w", lost: 1 } },
    ]);
    bed.work("v", ["t"], 3);
    expect(bed.delivered.slice(3)).toMatchObject([{ lost: 1 }, { lost: 1 }]);
    bed.fail("v");
    expect(bed.said.filter(({ message }) => message === "discarded").map(({ fields }) => fields)).toMatchObject([
      { id: "once", reason: "worker_lost", lost: 1 },
      { id: "a", reason: "error", lost: 1 },
      { id: "b", reason: "error", lost: 1 },
    ]);
  });
});

describe("an id that the caller chose", () => {
  const CHOSEN = { id: "mine", chosenId: true };

  function started(): MachineBed {
    const bed = new MachineBed();
    bed.assign();
    bed.work("w", ["t"]);
    return bed;
  }

  it.each([
    ["has ended", CHOSEN, 0],
    ["waits in memory for its delay", { ...CHOSEN, delay: 30 }, 31],
    ["waits in the journal for its delay, for days", { ...CHOSEN, delay: 72 * HOUR }, 72 * HOUR + 1],
  ])("runs once when it is sent again while the first %s, before and after a restart", (_, first, due) => {
    for (const restarts of [false, true]) {
      const bed = started();
      bed.arrive(first);
      if (restarts) {
        bed.restart();
        bed.assign({ end: 1 });
        bed.work("w", ["t"]);
      }
      bed.arrive(CHOSEN);
      bed.sleep(due * 1000);
      bed.arrive(CHOSEN);
      expect(bed.starts).toEqual(["mine"]);
      expect(bed.core.drops.duplicate + bed.core.drops.finished).toBe(2);
    }
  });

  it("runs once when it is sent again while the first is parked", () => {
    const bed = new MachineBed();
    bed.assign();
    bed.arrive(CHOSEN);
    bed.pass(DEFAULT_LIMITS.parkAfter / 1000 + 2);
    expect(bed.core.tallies.total().parked).toBe(1);
    bed.arrive(CHOSEN);
    bed.work("w", ["t"]);
    bed.pass(2);
    expect(bed.starts).toEqual(["mine"]);
  });

  it("runs again 25 h after its end, and one that taskwire drew at once", () => {
    const bed = started();
    bed.arrive(CHOSEN, { id: "drawn" });
    bed.arrive(CHOSEN, { id: "drawn" });
    bed.sleep(25 * HOUR * 1000);
    bed.arrive(CHOSEN);
    expect(bed.starts).toEqual(["mine", "drawn", "drawn", "mine"]);
  });
});

describe("an outcome brought back for an activation that was settled before the start", () => {
  function bringBack(bed: MachineBed): void {
    bed.open("w", ["t"], [{ claim: OLD_CLAIM, id: "settled" }]);
    bed.complete("w", [OLD_CLAIM]);
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(true);
    expect(bed.machine.nextWake(bed.now)).toBeLessThanOrEqual(bed.now + DEFAULT_LIMITS.sessionGrace);
  }

  it("is acknowledged within the session's grace when a topic left the pool", () => {
    const bed = new MachineBed({}, { partitions: [partition("gone", 3), partition(TOPIC, 3)], workers: ["w"] });
    bed.assign({ end: 3 });
    bringBack(bed);
    bed.tick(DEFAULT_LIMITS.sessionGrace);
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(false);
    expect(bed.core.drops.stale).toBe(1);
  });

  it("is acknowledged at once when the log is trimmed to its end", () => {
    const rebuilt = [{ topic: TOPIC, partition: 0, until: 500, kept: new Float64Array(0) }];
    const bed = new MachineBed({}, { partitions: [partition(TOPIC, 0)], rebuilt, workers: ["w"] });
    bed.assign({ first: 500, end: 500 });
    bed.open("w", ["t"], [{ claim: OLD_CLAIM, id: "settled" }]);
    bed.complete("w", [OLD_CLAIM]);
    bed.tick(1);
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(false);
  });

  it("is acknowledged within the session's grace while a long backlog is being read", () => {
    const bed = new MachineBed({ maxPendingCount: 100 }, { partitions: [partition(TOPIC, 3)], workers: ["w"] });
    bed.assign({ end: 1003 });
    bringBack(bed);
    bed.arriveFrom(3, ...times(100));
    expect(bed.paused).toBe(1);
    bed.pass(GRACE_SECONDS);
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(false);
  });

  it("is not acknowledged before, and settles the activation when it is read in time", () => {
    const bed = new MachineBed({}, { partitions: [partition(TOPIC, 3)], workers: ["w"] });
    bed.assign({ end: 1003 });
    bringBack(bed);
    bed.tick(DEFAULT_LIMITS.sessionGrace - 1);
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(true);
    bed.arriveFrom(3, { id: "settled" });
    expect(bed.machine.awaits([OLD_CLAIM])).toBe(false);
    expect([bed.core.ends.completed, bed.core.drops.stale, bed.core.live]).toEqual([1, 0, 0]);
  });
});

describe("a claim that a worker does not bring back to its next session", () => {
  const without = (started: boolean): MachineBed => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"]);
    bed.arrive({ id: "once", atMostOnce: true }, { id: "any" });
    if (started) {
      const starts = bed.claimsOf("w").map((claim) => ({ claim, since: 200 }));
      bed.apply({ kind: "started", session: "w", starts });
    }
    bed.apply({ kind: "lost", session: "w" });
    const offers = [{ name: "t", hash: "" }];
    bed.apply({ kind: "opened", session: "w2", worker: "w", application: "app", tasks: offers, held: [] });
    bed.apply({ kind: "credit", session: "w2", count: 9 });
    return bed;
  };

  it("starts again, unless it may start only once and was told to have started", () => {
    const bed = without(true);
    expect(bed.starts.filter((id) => id === "once")).toHaveLength(1);
    expect(bed.starts.filter((id) => id === "any")).toHaveLength(2);
    expect(bed.core.tallies.total()).toMatchObject({ processing: 1 });
  });

  it("is given back when it was not told to have started, at-most-once work too", () => {
    expect(without(false).starts.toSorted()).toEqual(["any", "any", "once", "once"]);
  });
});

describe("delayed work", () => {
  it("lets parked work come back although it fills memory", () => {
    const bed = new MachineBed({ maxPendingCount: 16, loadLimit: 4 });
    bed.assign();
    bed.arrive({ id: "parked", task: "other" });
    bed.work("w", ["t"]);
    const stream = (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        bed.arrive({ delay: 50 });
        bed.tick(1000);
      }
    };
    stream(100);
    expect(bed.core.tallies.total()).toMatchObject({ parked: 1, delayed: 49 });
    bed.work("other", ["other"]);
    stream(5);
    expect(bed.starts).toContain("parked");
    expect(bed.core.tallies.total()).toMatchObject({ parked: 0, delayed: 49 });
  });

  it("with a short delay is not held up by more work with a longer one than memory takes", () => {
    const bed = new MachineBed({ maxPendingCount: 64, loadLimit: 16 });
    bed.assign();
    bed.work("w", ["t"]);
    bed.arrive(...times(64, { delay: 55 }));
    bed.arrive({ id: "soon", delay: 2 });
    bed.pass(3);
    expect(bed.starts).toEqual(["soon"]);
    bed.pass(60);
    expect(bed.starts).toHaveLength(65);
  });

  it("that is demoted is counted out of memory once", () => {
    const bed = new MachineBed({ maxLiveBytes: 100_000 });
    bed.holdsPublications = true;
    bed.assign();
    bed.apply({ kind: "policy", policy: { judge: ({ task }) => (task === "cold" ? "demote" : "keep") } });
    for (let round = 0; round < 10; round += 1) {
      bed.arrive(...times(10, { task: "cold", delay: HOUR, bytes: 5000 }));
      bed.publish();
    }
    expect([bed.core.ends.forwarded, bed.core.live, bed.core.liveBytes]).toEqual([100, 0, 0]);
    bed.arrive(...times(20, { bytes: 5000 }));
    expect([bed.core.liveBytes, ...bed.core.topic(TOPIC).paused]).toEqual([100_000, "memory"]);
  });

  it("that was released and parked while a load was under way is counted once", () => {
    const bed = new MachineBed({ loadLimit: 3 });
    bed.assign();
    // Nobody takes the task.
    bed.arrive({ id: "first" });
    bed.arrive(...times(4, { delay: HOUR }));
    bed.pass(62);
    expect(bed.core.tallies.total()).toEqual({ ...NOTHING, parked: 1, delayed: 4 });
    bed.holdsLoads = true;
    const takeLoad = () => {
      const load = bed.held.shift();
      if (load?.kind !== "load") throw new Error("no load is asked for");
      return bed.journal.load(load);
    };
    // The four are overdue, and three come at a time.
    bed.tick(HOUR * 1000);
    const three = takeLoad();
    bed.arrive({ id: "released", delay: 1, receivedAt: bed.now - 500 });
    bed.apply(three);
    const rest = takeLoad();
    expect(rest.rows.map(({ id }) => id)).toContain("released");
    bed.tick(1000);
    expect([...bed.journal.rows.values()].find(({ id }) => id === "released")?.state).toBe("parked");
    bed.apply(rest);
    bed.holdsLoads = false;
    for (const load of bed.held.splice(0)) if (load.kind === "load") bed.apply(bed.journal.load(load));
    bed.work("w", ["t"]);
    bed.pass(10);
    expect([...bed.starts].sort()).toEqual(["first", "i1", "i2", "i3", "i4", "released"]);
    expect(bed.core.tallies.total()).toEqual(NOTHING);
    expect(bed.core.topic(TOPIC)).toMatchObject({ delayed: 0, parked: 0, pending: 0 });
    expect(bed.journal.rows.size).toBe(0);
  });
});

describe("a fetch of at-most-once work", () => {
  function fetched(): MachineBed {
    const bed = new MachineBed();
    bed.holdsCommits = true;
    bed.assign();
    bed.arrive({ atMostOnce: true, deadline: 1 });
    const holdUntil = bed.now + 1000;
    bed.apply({ kind: "fetch", fetch: 1, application: undefined, namespace: undefined, holdUntil });
    return bed;
  }

  it("is answered with nothing when its claim was lost before the proof", () => {
    const bed = fetched();
    const number = bed.commit();
    const [row] = bed.journal.rows.values();
    bed.apply({ kind: "refused", claim: row?.claim ?? 0 });
    bed.apply({ kind: "committed", number });
    expect(bed.handOuts).toEqual([undefined]);
  });

  it("has its deadline counted from the hand-out, however long the proof takes", () => {
    const bed = fetched();
    const number = bed.commit();
    bed.pass(100);
    expect(bed.handOuts).toEqual([]);
    bed.apply({ kind: "committed", number });
    expect([bed.handOuts, bed.core.failures.size]).toEqual([["i0"], 0]);
    bed.tick(1000 + DEFAULT_LIMITS.grace - 1);
    expect(bed.core.failures.size).toBe(0);
    bed.tick(1);
    expect(bed.core.failures.size).toBe(1);
  });
});

describe("what the log refuses for good", () => {
  function refused(...ids: readonly string[]): MachineBed {
    const bed = new MachineBed({ maxPendingCount: 4 });
    bed.holdsPublications = true;
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"], 4);
    bed.arrive(...ids.map((id) => ({ id, atMostOnce: true, deadLetter: true })));
    bed.fail("w");
    bed.refuse();
    expect(bed.core.unpublishable.map(({ id }) => id)).toEqual(ids);
    return bed;
  }

  it("does not hold reading back", () => {
    const bed = refused("a", "b", "c", "d");
    bed.pass(1);
    expect([bed.paused, bed.core.room, bed.core.live, bed.core.topic(TOPIC).pending]).toEqual([0, 4, 0, 0]);
    expect(bed.journal.rows.size).toBe(4);
  });

  it("lets no second copy of it start", () => {
    const bed = refused("once");
    bed.apply({ kind: "credit", session: "w", count: 1 });
    bed.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    expect([bed.starts, bed.core.drops.finished]).toEqual([["once"], 1]);
    bed.restart();
    bed.assign({ end: 2 });
    bed.work("w", ["t"], 1);
    bed.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    bed.publish();
    bed.arrive({ id: "once", atMostOnce: true, deadLetter: true });
    expect([bed.starts, bed.core.ends.deadlettered]).toEqual([["once"], 1]);
  });

  it("runs in its new topic when the log takes it after the next start", () => {
    const bed = new MachineBed();
    bed.holdsPublications = true;
    bed.assign();
    bed.apply({ kind: "policy", policy: { judge: () => "demote" } });
    bed.arrive({ id: "once", atMostOnce: true });
    bed.refuse();
    expect(bed.core.unpublishableCount).toBe(1);
    // A second copy is not forwarded either.
    bed.arrive({ id: "once", atMostOnce: true });
    expect([bed.held.length, bed.core.drops.finished]).toEqual([0, 1]);
    bed.restart();
    bed.assign({ end: 2 });
    bed.work("w", ["t"]);
    bed.publish();
    bed.arrive({ id: "once", atMostOnce: true });
    expect([bed.core.ends.forwarded, bed.starts]).toEqual([1, ["once"]]);
  });
});

describe("a log that ends before what was read of it", () => {
  it("is read again: at-most-once work it has ends as failure, all other work runs", () => {
    const bed = new MachineBed({}, { partitions: [{ ...partition(TOPIC, 15), done: [17, 19] }] });
    bed.assign({ end: 8 });
    bed.work("w", ["t"]);
    bed.arriveFrom(5, { id: "a" }, { id: "once", atMostOnce: true }, { id: "b" });
    bed.arriveFrom(8, { id: "later", atMostOnce: true });
    expect(bed.starts).toEqual(["a", "b", "later"]);
    expect([...bed.core.failures]).toEqual([["store_corrupt", 1]]);
    expect([bed.core.drops.redelivered, bed.core.reread]).toEqual([0, 2]);
  });
});

describe("a log that was replaced", () => {
  it("has none of its records taken for kept ones or for lost ones", () => {
    const rebuilt = [{ topic: TOPIC, partition: 0, until: 10, kept: Float64Array.of(1, 2) }];
    const bed = new MachineBed({}, { partitions: [{ ...partition(TOPIC, 0), logId: "OLD" }], rebuilt });
    bed.assign({ logId: "NEW", end: 5 });
    bed.arrive({ atMostOnce: true }, ...times(3));
    expect([...bed.core.rows].map(({ facts }) => facts.id)).toEqual(["i0", "i1", "i2", "i3"]);
    expect([bed.core.drops.redelivered, bed.core.failures.size]).toEqual([0, 0]);
  });

  it("leaves what is in flight of the old one to the journal", () => {
    const bed = new MachineBed();
    bed.assign({ logId: "OLD" });
    bed.arrive({ id: "a" }, { id: "b" });
    expect(bed.journal.rows.size).toBe(0);
    bed.assign({ logId: "NEW" });
    expect([...bed.journal.rows.values()].map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("has no record passed over because one of the old log at its place was settled", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign({ logId: "OLD" });
    bed.work("w", ["t"]);
    bed.arrive({ id: "old" });
    bed.holdsCommits = true;
    bed.assign({ logId: "NEW" });
    bed.complete("w", bed.claimsOf("w"));
    bed.arriveFrom(0, { id: "new" });
    expect([bed.starts, bed.core.drops.redelivered]).toEqual([["old", "new"], 0]);
  });
});

describe("parked work", () => {
  it("comes back namespace by namespace in turn, also when one has more than its worker takes", () => {
    const bed = new MachineBed({ maxPendingCount: 16, loadLimit: 4 });
    bed.holdsOutcomes = true;
    bed.assign();
    const put = (namespace: string, count: number) => bed.arrive(...times(count, { namespace, task: namespace }));
    put("A", 4);
    put("B", 4);
    bed.pass(40);
    put("A", 200);
    expect(bed.core.tallies.total()).toMatchObject({ parked: 208, pending: 0 });
    bed.work("A", ["A"], 1);
    bed.work("B", ["B"], 4);
    // The worker of A takes one a second, and more than that comes.
    for (let second = 0; second < 60; second += 1) {
      if (bed.paused === 0) put("A", 2);
      bed.complete("A", bed.claimsOf("A"));
      bed.apply({ kind: "credit", session: "A", count: 1 });
      bed.tick(1000);
    }
    const parked = new Map([...bed.core.tallies].map((tally) => [tally.namespace, tally.parked]));
    expect(bed.claimsOf("B")).toHaveLength(4);
    expect(parked.get("B")).toBe(0);
    expect(parked.get("A")).toBeGreaterThan(0);
  });
});

describe("credit that is withdrawn", () => {
  it("brings nothing more; what is given after it does, and at-most-once work not proven yet is pending again", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"], 5);
    bed.arrive({ id: "a" });
    bed.holdsCommits = true;
    bed.arrive({ id: "once", atMostOnce: true });
    bed.apply({ kind: "withdrawn", session: "w" });
    bed.arrive({ id: "b" });
    expect(bed.starts).toEqual(["a"]);
    expect(bed.core.tallies.total()).toMatchObject({ pending: 2, processing: 1 });
    bed.apply({ kind: "credit", session: "w", count: 1 });
    bed.holdsCommits = false;
    bed.tick(1);
    expect(bed.starts).toEqual(["a", "once"]);
  });
});
