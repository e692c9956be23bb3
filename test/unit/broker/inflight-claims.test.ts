import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineHarness } from "./machine-harness.js";

const GRACE_SECONDS = DEFAULT_LIMITS.sessionGrace / 1000;

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
