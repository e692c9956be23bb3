import { describe, expect, it } from "vitest";
import type { Row } from "#runtime/broker/inflight/live-row.js";
import { statusOf } from "#runtime/broker/observe/status/status.js";
import { MachineHarness, times } from "./machine-harness.js";

/** Calls `read` whenever somebody looks at what is alive of the row. */
function spyOn(row: Row, read: () => void): void {
  for (const name of ["state", "session", "facts"] as const) {
    let value: unknown = row[name];
    Object.defineProperty(row, name, {
      get: () => {
        read();
        return value;
      },
      set: (next: unknown) => {
        value = next;
      },
    });
  }
}

function statusOfHarness({ machine, now }: MachineHarness) {
  return statusOf({
    names: { pool: "p", environment: "e", data: "d" },
    snapshot: machine.snapshot,
    end: () => 0,
    facts: {
      now,
      phase: "running",
      stalled: undefined,
      journal: { file: "f", stuck: undefined, commitSince: undefined },
      clusters: [],
      unreadable: [],
      publishing: [],
      paused: [],
    },
    notReady: [],
    runtimeConfig: undefined,
    quarantine: [],
    wall: now,
    clockSkew: 0,
    clockCorrected: undefined,
    model: undefined,
  });
}

describe("the status", () => {
  it("looks at no more rows of a backlog of 5,000 than of one of 5: sessions are counted, not scanned", () => {
    const looks = [5, 5000].map((pending) => {
      const harness = new MachineHarness();
      harness.holdsOutcomes = true;
      harness.assign();
      harness.work("w", ["t"], 3);
      harness.arrive(...times(3 + pending));
      let reads = 0;
      for (const row of harness.parts.rows) spyOn(row, () => (reads += 1));
      expect(statusOfHarness(harness)).toMatchObject({
        counts: { pending, processing: 3 },
        sessions: [{ worker: "w", processing: 3 }],
      });
      return reads;
    });
    expect(looks[1]).toBe(looks[0]);
  });

  it("says how many runs each session has, through hand-out, give-back, completion, loss and another session's taking over", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    const processing = () =>
      Object.fromEntries(statusOfHarness(harness).sessions.map((each) => [each.worker, each.processing]));
    harness.assign();
    harness.work("one", ["t"], 4);
    harness.arrive(...times(4), ...times(2, { atMostOnce: true }));
    harness.work("two", ["t"], 2);
    expect(processing()).toEqual({ one: 4, two: 2 });
    const [first = 0, second = 0, ...rest] = harness.claimsOf("one");
    harness.apply({ kind: "draining", session: "two" });
    harness.complete("one", [first]);
    harness.apply({ kind: "returned", session: "one", claims: [second] });
    expect(processing()).toEqual({ one: 2, two: 2 });
    // The worker's next session brings one of its two claims back.
    const held = rest.slice(0, 1).map((claim) => ({ claim, id: harness.machine.claimed(claim)?.id ?? "" }));
    harness.apply({ kind: "lost", session: "one" });
    const offers = [{ name: "t", hash: "" }];
    harness.apply({ kind: "opened", session: "next", worker: "one", application: "app", tasks: offers, held });
    expect(processing()).toEqual({ one: 1, two: 2 });
    harness.apply({ kind: "lost", session: "next" });
    harness.apply({ kind: "closed", session: "two" });
    harness.pass(11);
    expect([processing(), harness.parts.tallies.total().processing]).toEqual([{}, 0]);
  });

  it("and the end of one session or fetch look at its own claims only, not at 5,000 that others hold", () => {
    const harness = new MachineHarness();
    harness.holdsCommits = true;
    harness.assign();
    harness.work("many", ["t"], 2500);
    harness.arrive(...times(5000, { atMostOnce: true }));
    for (let fetch = 1; fetch <= 2500; fetch += 1)
      harness.apply({ kind: "fetch", fetch, application: "app", namespace: undefined, holdUntil: harness.now });
    harness.work("few", ["t"], 1);
    harness.arrive({ atMostOnce: true });
    const own = harness.claimsOf("few");
    let reads = 0;
    for (const row of harness.parts.rows) if (!own.includes(row.claim)) spyOn(row, () => (reads += 1));
    harness.apply({ kind: "withdrawn", session: "few" });
    expect(harness.claimsOf("few")).toEqual([]);
    harness.apply({ kind: "lost", session: "few" });
    harness.open("few", ["t"], []);
    harness.apply({ kind: "closed", session: "few" });
    expect(reads).toBe(0);
    harness.apply({ kind: "unfetch", fetch: 1 });
    expect(reads).toBeLessThan(50);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 2, processing: 4999 });
  });

  it("counts the claims from before the start for the workers that held them", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive(...times(2, { atMostOnce: true }));
    const rows = [...harness.journal.rows.values()];
    const again = new MachineHarness(
      {},
      { rows, workers: ["w"], partitions: [{ topic: "T", partition: 0, logId: "L", position: 2, done: [] }] },
    );
    expect(statusOfHarness(again).sessions).toMatchObject([{ worker: "w", processing: 2 }]);
  });
});
