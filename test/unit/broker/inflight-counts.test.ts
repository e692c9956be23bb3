import { describe, expect, it } from "vitest";
import type { Row } from "#runtime/broker/inflight/row.js";
import { statusOf } from "#runtime/broker/observe/status.js";
import { MachineBed, times } from "./machine-harness.js";

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

function statusOfBed({ machine, now }: MachineBed) {
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
      const bed = new MachineBed();
      bed.holdsOutcomes = true;
      bed.assign();
      bed.work("w", ["t"], 3);
      bed.arrive(...times(3 + pending));
      let reads = 0;
      for (const row of bed.core.rows) spyOn(row, () => (reads += 1));
      expect(statusOfBed(bed)).toMatchObject({
        counts: { pending, processing: 3 },
        sessions: [{ worker: "w", processing: 3 }],
      });
      return reads;
    });
    expect(looks[1]).toBe(looks[0]);
  });

  it("says how many runs each session has, through hand-out, give-back, completion, loss and another session's taking over", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    const processing = () =>
      Object.fromEntries(statusOfBed(bed).sessions.map((each) => [each.worker, each.processing]));
    bed.assign();
    bed.work("one", ["t"], 4);
    bed.arrive(...times(4), ...times(2, { atMostOnce: true }));
    bed.work("two", ["t"], 2);
    expect(processing()).toEqual({ one: 4, two: 2 });
    const [first = 0, second = 0, ...rest] = bed.claimsOf("one");
    bed.apply({ kind: "draining", session: "two" });
    bed.complete("one", [first]);
    bed.apply({ kind: "returned", session: "one", claims: [second] });
    expect(processing()).toEqual({ one: 2, two: 2 });
    // The worker's next session brings one of its two claims back.
    const held = rest.slice(0, 1).map((claim) => ({ claim, id: bed.machine.claimed(claim)?.id ?? "" }));
    bed.apply({ kind: "lost", session: "one" });
    const offers = [{ name: "t", hash: "" }];
    bed.apply({ kind: "opened", session: "next", worker: "one", application: "app", tasks: offers, held });
    expect(processing()).toEqual({ one: 1, two: 2 });
    bed.apply({ kind: "lost", session: "next" });
    bed.apply({ kind: "closed", session: "two" });
    bed.pass(11);
    expect([processing(), bed.core.tallies.total().processing]).toEqual([{}, 0]);
  });

  it("and the end of one session or fetch look at its own claims only, not at 5,000 that others hold", () => {
    const bed = new MachineBed();
    bed.holdsCommits = true;
    bed.assign();
    bed.work("many", ["t"], 2500);
    bed.arrive(...times(5000, { atMostOnce: true }));
    for (let fetch = 1; fetch <= 2500; fetch += 1)
      bed.apply({ kind: "fetch", fetch, application: "app", namespace: undefined, holdUntil: bed.now });
    bed.work("few", ["t"], 1);
    bed.arrive({ atMostOnce: true });
    const own = bed.claimsOf("few");
    let reads = 0;
    for (const row of bed.core.rows) if (!own.includes(row.claim)) spyOn(row, () => (reads += 1));
    bed.apply({ kind: "withdrawn", session: "few" });
    expect(bed.claimsOf("few")).toEqual([]);
    bed.apply({ kind: "lost", session: "few" });
    bed.open("few", ["t"], []);
    bed.apply({ kind: "closed", session: "few" });
    expect(reads).toBe(0);
    bed.apply({ kind: "unfetch", fetch: 1 });
    expect(reads).toBeLessThan(50);
    expect(bed.core.tallies.total()).toMatchObject({ pending: 2, processing: 4999 });
  });

  it("counts the claims from before the start for the workers that held them", () => {
    const bed = new MachineBed();
    bed.holdsOutcomes = true;
    bed.assign();
    bed.work("w", ["t"]);
    bed.arrive(...times(2, { atMostOnce: true }));
    const rows = [...bed.journal.rows.values()];
    const again = new MachineBed(
      {},
      { rows, workers: ["w"], partitions: [{ topic: "T", partition: 0, logId: "L", position: 2, done: [] }] },
    );
    expect(statusOfBed(again).sessions).toMatchObject([{ worker: "w", processing: 2 }]);
  });
});
