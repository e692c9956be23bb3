import { describe, expect, it } from "vitest";
import { MachineHarness, times } from "./machine-harness.js";
import { ended, HOUR, NOTHING, running } from "./machine-runs.js";

describe("purge", () => {
  it("cancels only what waits", () => {
    const harness = running("runs");
    harness.arrive({ id: "waits", task: "u" }, { id: "later", delay: HOUR });
    expect(harness.act("purge", ["runs", "waits", "later"])).toEqual(["running", "done", "done"]);
    expect(ended(harness)).toEqual([2, { ...NOTHING, processing: 1 }]);
  });
});

describe("promote", () => {
  it("makes delayed ones due at once, also over a restart, and leaves others alone", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive({ id: "soon", delay: 10 }, { id: "later", delay: HOUR }, { id: "due" });
    expect(harness.act("promote", ["soon", "later", "due", "unheard of"])).toEqual([
      "done",
      "done",
      "already",
      "unknown",
    ]);
    harness.restart();
    harness.assign({ first: 3, end: 3 });
    harness.work("w", ["t"]);
    harness.pass(2);
    expect([...harness.starts].sort()).toEqual(["later", "soon"]);
    expect(harness.parts.tallies.total()).toEqual(NOTHING);
    expect(harness.journal.rows.size).toBe(0);
  });

  it("is too late for what is claimed or has ended", () => {
    const harness = running("runs", "failed");
    harness.apply({
      kind: "outcomes",
      session: "w",
      outcomes: [{ kind: "failure", claim: harness.claimsOf("w")[1] ?? 0, reason: "error", error: "e" }],
    });
    expect(harness.act("promote", ["runs", "failed"])).toEqual(["running", "too_late"]);
  });

  it("of more than memory takes keeps the rest in the journal until there is room", () => {
    const harness = new MachineHarness({ maxPendingCount: 4, loadLimit: 2 });
    harness.holdsOutcomes = true;
    harness.assign();
    harness.arrive(...times(20, { delay: HOUR }).map((each, at) => ({ ...each, id: `d${at}` })));
    harness.work("w", ["t"], 1);
    expect(
      new Set(
        harness.act(
          "promote",
          Array.from({ length: 20 }, (_, at) => `d${at}`),
        ),
      ),
    ).toEqual(new Set(["done"]));
    expect(harness.parts.rows.size).toBeLessThanOrEqual(6);
    for (let run = 0; run < 20; run += 1) {
      harness.complete("w", harness.claimsOf("w"));
      harness.apply({ kind: "credit", session: "w", count: 1 });
      harness.pass(2);
    }
    expect(new Set(harness.starts).size).toBe(20);
    expect(harness.parts.tallies.total()).toEqual(NOTHING);
  });

  it("of one beyond the memory window is not forgotten when its run fails", () => {
    const harness = new MachineHarness();
    harness.holdsCommits = true;
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive({ id: "later", delay: HOUR, deadLetter: true });
    expect(harness.act("promote", ["later"])).toEqual(["done"]);
    harness.holdsCommits = false;
    harness.pass(1);
    harness.holdsPublications = true;
    harness.fail("w");
    harness.pass(1);
    harness.publish();
    expect([harness.parts.counters.ends.deadlettered, harness.parts.tallies.total()]).toEqual([1, NOTHING]);
  });
});
