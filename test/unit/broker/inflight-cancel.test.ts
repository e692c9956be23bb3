import { describe, expect, it } from "vitest";
import { nextId } from "#runtime/activation/retry.js";
import type { ActPage } from "#runtime/broker/inflight/events.js";
import { MachineHarness } from "./machine-harness.js";
import { ended, HOUR, NOTHING, running } from "./machine-runs.js";

describe("cancel of what waits", () => {
  it("settles pending, delayed and parked ones at once, whether memory or only the journal has them", () => {
    const harness = new MachineHarness({ parkAfter: 1000 });
    harness.assign();
    harness.arrive({ id: "parked" });
    harness.pass(3);
    harness.arrive({ id: "soon", delay: 10 }, { id: "later", delay: HOUR }, { id: "next", task: "other" });
    expect([...harness.parts.rows].map(({ facts }) => facts.id)).toEqual(["soon", "next"]);
    const ids = ["parked", "soon", "later", "next", "unheard of"];
    expect(harness.act("cancel", ids)).toEqual(["done", "done", "done", "done", "unknown"]);
    expect(ended(harness)).toEqual([4, NOTHING]);
    harness.restart();
    harness.work("w", ["t", "other"]);
    harness.sleep(2 * HOUR * 1000);
    expect([harness.starts, harness.parts.tallies.total()]).toEqual([[], NOTHING]);
  });

  it("is repeated without another effect, and a remembered id counts as finished", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive({ id: "once", atMostOnce: true, delay: HOUR });
    expect(harness.act("cancel", ["once"])).toEqual(["done"]);
    expect(harness.act("cancel", ["once"])).toEqual(["unknown"]);
    harness.work("w", ["t"]);
    harness.arrive({ id: "once", atMostOnce: true });
    expect([harness.starts, harness.parts.counters.drops.finished]).toEqual([[], 1]);
  });

  it("returns the credit of an at-most-once claim that waits for its commit, and nobody gets it", () => {
    const harness = new MachineHarness();
    harness.holdsCommits = true;
    harness.assign();
    harness.work("w", ["t"], 1);
    harness.arrive({ id: "once", atMostOnce: true });
    expect(harness.act("cancel", ["once"])).toEqual(["done"]);
    harness.holdsCommits = false;
    harness.arrive({ id: "next" });
    expect([harness.starts, ended(harness)]).toEqual([["next"], [1, NOTHING]]);
  });

  it("leaves nothing of a delayed one to a load under way, nor of a parked one to an unpark under way", () => {
    const harness = new MachineHarness({ memoryWindow: 1000, parkAfter: 1000 });
    harness.assign();
    harness.arrive({ id: "parked" }, { id: "later", delay: 30 });
    harness.pass(3);
    harness.holdsLoads = true;
    harness.holdsUnparks = true;
    harness.work("w", ["t"]);
    harness.sleep(40_000);
    const answers = harness.held.splice(0).map((effect) => {
      if (effect.kind === "load") return harness.journal.load(effect);
      if (effect.kind === "unpark") return harness.journal.unpark(effect);
      throw new Error(`unexpected ${effect.kind}`);
    });
    expect(answers.map(({ kind, rows }) => [kind, rows.length])).toEqual([
      ["unparked", 1],
      ["loaded", 1],
    ]);
    expect(harness.act("cancel", ["parked", "later"])).toEqual(["done", "done"]);
    harness.holdsLoads = false;
    harness.holdsUnparks = false;
    for (const answer of answers) harness.apply(answer);
    harness.pass(3);
    expect([harness.starts, ended(harness)]).toEqual([[], [2, NOTHING]]);
  });

  it("looks again for a row that came back to memory, ended or left it while the journal was asked", () => {
    const harness = new MachineHarness({ memoryWindow: 1000 });
    harness.holdsOutcomes = true;
    harness.holdsFinds = true;
    harness.assign();
    harness.work("w", ["t"]);
    harness.arrive(...["runs", "ends", "waits"].map((id) => ({ id, delay: 30 })));
    expect(harness.act("cancel", ["runs", "ends", "waits", "arrives", "leaves"])).toBeUndefined();
    harness.apply({ kind: "credit", session: "w", count: -1_000_000 + 2 });
    harness.sleep(40_000);
    expect(harness.starts).toEqual(["runs", "ends"]);
    harness.complete("w", harness.claimsOf("w").slice(1));
    harness.arrive({ id: "arrives" }, { id: "leaves", delay: HOUR });
    expect(harness.answerFinds()).toEqual([]);
    harness.holdsFinds = false;
    expect(harness.answerFinds()).toEqual(["asked", "unknown", "done", "done", "done"]);
    expect(ended(harness)).toEqual([3, { ...NOTHING, processing: 1 }]);
  });

  it("of a page takes rows that came back to memory meanwhile for what they are there, and leaves out what does not match", () => {
    const harness = new MachineHarness({ memoryWindow: 1000 });
    harness.holdsOutcomes = true;
    harness.holdsFinds = true;
    harness.assign();
    harness.work("w", ["t"], 2);
    harness.arrive(...["runs", "ends", "waits", "other"].map((id) => ({ id, delay: 30 })), { id: "far", delay: HOUR });
    const page: ActPage = {
      request: { order: "due", after: { due: -1, seq: -1 }, limit: 1000, payload: false },
      matches: ({ id }, { state }) => id !== "other" && state !== "pending",
    };
    expect(harness.act("cancel", [], { page })).toBeUndefined();
    harness.sleep(40_000);
    expect(harness.starts).toEqual(["runs", "ends"]);
    harness.complete("w", harness.claimsOf("w").slice(1));
    // One is looked for again, because it is in the page and has ended.
    expect(harness.answerFinds()).toEqual([]);
    harness.holdsFinds = false;
    expect(harness.answerFinds()).toEqual(["asked", "done"]);
    expect(ended(harness)).toEqual([1, { ...NOTHING, pending: 2, processing: 1 }]);
  });

  it("by two people at the same time counts once", () => {
    const harness = new MachineHarness();
    harness.holdsFinds = true;
    harness.assign();
    harness.arrive({ id: "later", delay: HOUR });
    harness.act("cancel", ["later"]);
    harness.act("cancel", ["later"]);
    harness.holdsFinds = false;
    expect(harness.answerFinds()).toEqual(["done", "unknown"]);
    expect(ended(harness)).toEqual([1, NOTHING]);
  });
});

describe("cancel of a claimed activation", () => {
  it("asks its worker when the mark is on disk, and ends as the worker says", () => {
    const harness = running("a", "b");
    harness.holdsCommits = true;
    const [a = 0, b = 0] = harness.claimsOf("w");
    expect(harness.act("cancel", ["a", "b"])).toEqual(["asked", "asked"]);
    expect(harness.act("cancel", ["a"])).toEqual(["asked"]);
    expect(harness.asked).toEqual([]);
    harness.apply({ kind: "committed", number: harness.commit() });
    expect(harness.asked).toEqual([a, b]);
    harness.apply({ kind: "outcomes", session: "w", outcomes: [{ kind: "cancelled", claim: a, error: "stopped" }] });
    harness.apply({ kind: "returned", session: "w", claims: [b] });
    expect(ended(harness)).toEqual([2, NOTHING]);
    expect(harness.said.filter(({ message }) => message === "cancelled").map(({ fields }) => fields)).toMatchObject([
      { id: "a", by: "ann", how: "stopped" },
      { id: "b", by: "ann", how: "" },
    ]);
  });

  it("counts an end that is on its way: complete as completed, everything else as cancelled, without retry and letter", () => {
    const harness = running("done", "again", "failed");
    const [done = 0, again = 0, failed = 0] = harness.claimsOf("w");
    harness.act("cancel", ["done", "again", "failed"]);
    harness.apply({
      kind: "outcomes",
      session: "w",
      outcomes: [
        { kind: "complete", claim: done },
        { kind: "retry", claim: again, reason: "error", error: "e" },
        { kind: "failure", claim: failed, reason: "error", error: "e" },
      ],
    });
    expect([ended(harness), harness.held, harness.parts.counters.ends.completed]).toEqual([[2, NOTHING], [], 1]);
  });

  it("ends with the deadline, a closed session, or after 10 s without an answer of a connected worker", () => {
    const harness = running("silent");
    harness.act("cancel", ["silent"]);
    harness.pass(9);
    expect(ended(harness)).toMatchObject([0, { processing: 1 }]);
    harness.pass(1);
    expect(ended(harness)).toEqual([1, NOTHING]);
    harness.arrive({ id: "closed", deadline: 60 });
    harness.act("cancel", ["closed"]);
    harness.apply({ kind: "closed", session: "w" });
    expect([ended(harness), harness.starts]).toEqual([
      [2, NOTHING],
      ["silent", "closed"],
    ]);
  });

  it("waits for a lost worker: it is asked again on its new session, and an end that it had ready counts", () => {
    const harness = running("a", "ready", "gone");
    const [a = 0, ready = 0] = harness.claimsOf("w");
    harness.act("cancel", ["a", "ready", "gone"]);
    harness.pass(6);
    harness.apply({ kind: "lost", session: "w" });
    harness.pass(6);
    expect(ended(harness)).toMatchObject([0, { processing: 3 }]);
    harness.asked.length = 0;
    const held = [a, ready].map((claim, at) => ({ claim, id: at === 0 ? "a" : "ready" }));
    harness.apply({
      kind: "opened",
      session: "w2",
      worker: "w",
      application: "app",
      tasks: [{ name: "t", hash: "" }],
      held,
    });
    expect(harness.asked).toEqual([a, ready]);
    expect(ended(harness)).toMatchObject([1, { processing: 2 }]);
    harness.complete("w2", [ready]);
    harness.pass(9);
    expect(ended(harness)).toMatchObject([1, { processing: 1 }]);
    harness.pass(1);
    expect([ended(harness), harness.parts.counters.ends.completed]).toEqual([[2, NOTHING], 1]);
  });

  it("is not held by a worker that comes back after its grace, also while the log is still being read", () => {
    for (const restarts of [false, true]) {
      const harness = running("a");
      const [claim = 0] = harness.claimsOf("w");
      harness.act("cancel", ["a"]);
      if (restarts) harness.restart();
      // A record that is not read yet: a claim from before the start may still be of one.
      harness.assign({ end: 2 });
      if (!restarts) harness.apply({ kind: "lost", session: "w" });
      harness.pass(11);
      expect(ended(harness)).toEqual([1, NOTHING]);
      const held = { session: "back", worker: "w", application: "app", tasks: [{ name: "t", hash: "" }] };
      harness.apply({ kind: "opened", ...held, held: [{ claim, id: "a" }] });
      expect(harness.machine.counts("back", claim, "a")).toBe(false);
    }
  });

  it("survives a restart of the broker: its worker is asked on the next session, or its grace ends it", () => {
    for (const comesBack of [true, false]) {
      const harness = running("a");
      const [claim = 0] = harness.claimsOf("w");
      harness.act("cancel", ["a"]);
      harness.restart();
      harness.asked.length = 0;
      if (comesBack) harness.open("w", ["t"], [{ claim, id: "a" }]);
      expect(harness.asked).toEqual(comesBack ? [claim] : []);
      harness.pass(11);
      expect([ended(harness), harness.starts]).toEqual([[1, NOTHING], ["a"]]);
    }
  });

  it("of a worker without a session is not announced; the first conclusion or the deadline ends it", () => {
    const harness = new MachineHarness();
    harness.assign();
    harness.arrive(...["done", "failed", "late"].map((id) => ({ id, deadline: 60 })));
    for (const fetch of [1, 2, 3])
      harness.apply({ kind: "fetch", fetch, application: "app", namespace: undefined, holdUntil: harness.now });
    expect(harness.act("cancel", ["done", "failed", "late"])).toEqual(["asked", "asked", "asked"]);
    expect(harness.answers.get(1)).toContainEqual({ id: "late", what: "asked", until: harness.now + 63_000 });
    const conclusion = { maxAttempts: undefined, delay: undefined };
    harness.apply({ kind: "concluded", conclusions: [{ id: "done", status: "complete", ...conclusion }] });
    harness.apply({ kind: "concluded", conclusions: [{ id: "failed", status: "retry", ...conclusion }] });
    expect(ended(harness)).toMatchObject([1, { processing: 1 }]);
    harness.pass(70);
    expect([ended(harness), harness.asked, harness.parts.counters.ends.completed]).toEqual([[2, NOTHING], [], 1]);
  });

  it("is too late when its retry or dead letter is being published; the answer names the next run", () => {
    const harness = running("again", "failed");
    const [again = 0, failed = 0] = harness.claimsOf("w");
    harness.apply({
      kind: "outcomes",
      session: "w",
      outcomes: [
        { kind: "retry", claim: again, reason: "error", error: "e", maxAttempts: 3 },
        { kind: "failure", claim: failed, reason: "error", error: "e" },
      ],
    });
    expect(harness.act("cancel", ["again", "failed"])).toEqual(["too_late", "too_late"]);
    expect(harness.answers.get(1)).toEqual([
      { id: "again", what: "too_late", next: nextId("again", 1) },
      { id: "failed", what: "too_late" },
    ]);
    expect(harness.act("cancel", ["again"], { chain: true })).toEqual(["ahead"]);
    harness.publish();
    harness.arrive({ id: nextId("again", 1) });
    expect([harness.starts, ended(harness)]).toEqual([
      ["again", "failed"],
      [1, NOTHING],
    ]);
  });

  it("of an outcome that the worker sends without having been asked ends as cancelled", () => {
    const harness = running("a");
    const [claim = 0] = harness.claimsOf("w");
    harness.apply({ kind: "outcomes", session: "w", outcomes: [{ kind: "cancelled", claim, error: "" }] });
    expect(ended(harness)).toEqual([1, NOTHING]);
  });
});

describe("cancel ahead", () => {
  it("remembers unknown ids, also over a restart, and ends each when it is read", () => {
    const harness = new MachineHarness({ parkAfter: 1000 });
    harness.assign();
    harness.arrive({ id: "other" });
    harness.pass(3);
    const ids = ["now", "later", "parked", "never"];
    expect(harness.act("cancel", ids, { ahead: true })).toEqual(["ahead", "ahead", "ahead", "ahead"]);
    harness.restart();
    harness.assign({ first: 1, end: 1 });
    harness.work("w", ["u"]);
    harness.arrive({ id: "now", task: "u" }, { id: "later", delay: HOUR }, { id: "parked" });
    expect([harness.starts, ended(harness), harness.parts.ahead.size]).toEqual([[], [3, { ...NOTHING, parked: 1 }], 1]);
    harness.arrive({ id: "now", task: "u" });
    expect(harness.starts).toEqual(["now"]);
  });

  it("forgets an id after a day, and takes at most 10,000", () => {
    const harness = new MachineHarness();
    harness.assign();
    const ids = Array.from({ length: 10_000 }, (_, at) => `id ${at}`);
    harness.act("cancel", ids, { ahead: true });
    expect(harness.act("cancel", ["one more", "id 7"], { ahead: true })).toEqual(["full", "ahead"]);
    harness.sleep(25 * HOUR * 1000);
    harness.work("w", ["t"]);
    harness.arrive({ id: "id 3" });
    expect(harness.starts).toEqual(["id 3"]);
    expect(harness.act("cancel", ["one more"], { ahead: true })).toEqual(["ahead"]);
    expect(harness.parts.ahead.size).toBe(1);
  });
});
