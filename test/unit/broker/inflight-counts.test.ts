import { describe, expect, it } from "vitest";
import { countedByKind } from "#runtime/broker/controls/described.js";
import type { Row } from "#runtime/broker/inflight/live-row.js";
import { statusOf } from "#runtime/broker/observe/status/status.js";
import { OfferedTasks, type WorkerSources } from "#runtime/broker/observe/status/workers.js";
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

function statusOfHarness({ machine, now }: MachineHarness, workers: Partial<WorkerSources> = {}) {
  return statusOf({
    names: {
      pool: "p",
      environment: "e",
      data: "d",
      ownLog: true,
      broker: { id: "b", version: "1", startedAt: "2026-01-01T00:00:00.000Z", api: 1 },
    },
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
    controls: { version: "", inForce: [], leftOut: 0, byKind: countedByKind([]), problem: null },
    quarantine: [],
    audit: { file: "a", problem: undefined },
    letters: null,
    wall: now,
    clockSkew: 0,
    clockCorrected: undefined,
    model: undefined,
    process: { rss: 0, loopLag: null },
    offered: new OfferedTasks(undefined),
    workers: { vitalsOf: () => undefined, pushTargets: [], refused: [], ...workers },
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

  it("says of each session its slots, its free credit, what its worker is, and when the claims of a lost one end", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    const about = { host: "app1", pid: 7, version: "0.1.0", isolation: "none" } as const;
    const offers = [{ name: "t", hash: "" }];
    const opened = { session: "s", worker: "w", application: "app", tasks: offers, held: [], slots: 3, about };
    harness.apply({ kind: "opened", ...opened });
    harness.apply({ kind: "credit", session: "s", count: 5 });
    harness.arrive(...times(2));
    const vitals = { busy: 2, unstarted: 0, children: 0, deaths: 0, crashLoop: "", rss: 1, loopLag: 4 };
    const vitalsOf = (session: string) => (session === "s" ? { report: vitals, at: harness.now - 10 } : undefined);
    expect(statusOfHarness(harness, { vitalsOf }).sessions).toMatchObject([
      { worker: "w", slots: 3, credit: 3, about, claimsEndIn: null, vitals: { ...vitals, age: 10 } },
    ]);
    harness.apply({ kind: "lost", session: "s" });
    harness.now += 4000;
    expect(statusOfHarness(harness).sessions).toMatchObject([
      { lost: true, credit: 0, claimsEndIn: 6000, vitals: null },
    ]);
  });

  it("names applications that fetched within the last minute, except those that the broker pushes to", () => {
    const harness = new MachineHarness();
    harness.assign();
    const fetch = (number: number, application: string | undefined) =>
      harness.apply({ kind: "fetch", fetch: number, application, namespace: undefined, holdUntil: harness.now });
    fetch(1, "polls");
    fetch(2, "pushed");
    harness.pass(30);
    fetch(3, undefined);
    const target = { application: "pushed", address: "h:1", connected: true, pushing: 0, window: 1 };
    const pushTargets = [{ ...target, retryAt: harness.now + 70, last: undefined }];
    expect(statusOfHarness(harness, { pushTargets })).toMatchObject({
      pullClients: [
        { application: null, age: 0 },
        { application: "polls", age: 30_000 },
      ],
      pushTargets: [{ ...target, retryIn: 70, lastAnswer: null }],
    });
    harness.pass(31);
    expect(statusOfHarness(harness).pullClients).toEqual([{ application: null, age: 31_000 }]);
  });

  it("says when the next delayed activation is due, in memory or not", () => {
    const harness = new MachineHarness();
    harness.assign();
    expect(statusOfHarness(harness).nextDue).toBeNull();
    harness.arrive({ delay: 7200 });
    expect(statusOfHarness(harness).nextDue).toBe(7_200_000);
    harness.arrive({ delay: 20 });
    expect(statusOfHarness(harness).nextDue).toBe(20_000);
    harness.pass(8000);
    expect(statusOfHarness(harness).nextDue).toBeNull();
  });

  it("names the workers that hand-out waits for after a start, until they are back or the wait is over", () => {
    const harness = new MachineHarness({}, { workers: ["w", "v"] });
    expect(statusOfHarness(harness).startGate).toEqual({ opensIn: 1000, workers: ["w", "v"] });
    harness.open("w", ["t"], []);
    expect(statusOfHarness(harness).startGate).toEqual({ opensIn: 1000, workers: ["v"] });
    harness.tick(1000);
    expect(statusOfHarness(harness).startGate).toBeNull();
  });

  it("names the partitions whose at-most-once work waits for a stored position", () => {
    const harness = new MachineHarness();
    const place = { topic: "T", partition: 0 };
    const share = { own: true, since: 0, from: 0 };
    harness.apply({ kind: "assigned", ...place, logId: "L", committed: 0, takenOver: false, first: 0, end: 0, share });
    harness.arrive({ atMostOnce: true }, { atMostOnce: true }, {});
    expect(statusOfHarness(harness).unproven).toEqual([{ ...place, activations: 2, owned: true }]);
    harness.apply({ kind: "positionsStored", positions: [{ ...place, position: 2 }] });
    expect(statusOfHarness(harness).unproven).toEqual([]);
  });

  it("compares the hashes of tasks again when a session comes or goes, not for each status", () => {
    const harness = new MachineHarness();
    const tasks = new OfferedTasks(undefined);
    const offered = () => tasks.of(harness.machine.snapshot.sessions);
    const differing = () => offered().hashDiffers;
    const open = (session: string, hash: string) =>
      harness.apply({
        kind: "opened",
        session,
        worker: session,
        application: "app",
        tasks: [{ name: "t", hash }],
        held: [],
      });
    open("one", "1");
    expect(differing()).toEqual([]);
    open("two", "2");
    expect(differing()).toMatchObject([{ task: "t", hashes: [{ hash: "1" }, { hash: "2" }] }]);
    expect(offered().handled).toEqual([{ application: "app", task: "t", workers: 2 }]);
    expect(offered()).toBe(offered());
    harness.apply({ kind: "lost", session: "one" });
    expect(differing()).toEqual([]);
    expect(offered().handled).toMatchObject([{ workers: 1 }]);
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

  it("names activations that are lost with every worker that gets them, until they complete", () => {
    const harness = new MachineHarness();
    harness.holdsOutcomes = true;
    harness.assign();
    harness.arrive(...times(2));
    const lose = (worker: string, credit: number) => {
      harness.work(worker, ["t"], credit);
      harness.apply({ kind: "lost", session: worker });
      harness.pass(11);
    };
    lose("one", 2);
    expect(statusOfHarness(harness).lostAgain).toEqual([]);
    lose("two", 2);
    expect(statusOfHarness(harness).lostAgain).toMatchObject([{ times: 2 }, { times: 2 }]);
    lose("three", 1);
    const [worst] = statusOfHarness(harness).lostAgain;
    expect(worst).toMatchObject({ times: 3, application: "app", task: "t", error: expect.stringContaining("three") });
    harness.work("four", ["t"], 2);
    harness.complete("four", harness.claimsOf("four"));
    expect(statusOfHarness(harness).lostAgain).toEqual([]);
  });

  it("counts what expired in the last minute apart from what was done", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive(...times(3, { expires: 5 }));
    harness.pass(6);
    expect(statusOfHarness(harness).lastMinute).toMatchObject([{ task: "t", done: 0, failed: 0, expired: 3 }]);
    harness.pass(70);
    expect(statusOfHarness(harness).lastMinute).toEqual([]);
  });

  it("says how many workers of a task take no more work, as soon as they drain", () => {
    const harness = new MachineHarness();
    harness.assign();
    const offered = new OfferedTasks(undefined);
    const handled = () => offered.of(harness.machine.snapshot.sessions).handled;
    harness.work("one", ["t", "u"], 1);
    harness.work("two", ["t"], 1);
    expect(handled().map(({ task, workers, closed }) => [task, workers, closed])).toEqual([
      ["t", 2, undefined],
      ["u", 1, undefined],
    ]);
    harness.apply({ kind: "draining", session: "one" });
    harness.apply({ kind: "drain", worker: "two", drained: true });
    expect(handled().map(({ task, closed }) => [task, closed])).toEqual([
      ["t", 2],
      ["u", 1],
    ]);
  });

  it("says how many ids are cancelled ahead, since when the oldest, and how many there may be", () => {
    const harness = new MachineHarness();
    harness.assign();
    const status = () => statusOfHarness(harness).cancelledAhead;
    expect(status()).toEqual({ ids: 0, most: 10_000, since: null });
    const since = new Date(harness.now).toISOString();
    const ids = Array.from({ length: 10_001 }, (_, at) => `a${at}`);
    harness.act("cancel", ids, { ahead: true });
    expect(status()).toEqual({ ids: 10_000, most: 10_000, since });
  });
});
