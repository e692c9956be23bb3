import { describe, expect, it } from "vitest";
import type { Pauses } from "#runtime/broker/inflight/events.js";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { MachineHarness, TOPIC, times } from "./machine-harness.js";

function paused(pauses: Partial<Record<"namespaces" | "tasks" | "topics", readonly string[]>>, pool = false): Pauses {
  const { namespaces = [], tasks = [], topics = [] } = pauses;
  return { namespaces: new Set(namespaces), tasks: new Set(tasks), topics: new Set(topics), pool };
}

function pause(harness: MachineHarness, ...pauses: Parameters<typeof paused>): void {
  harness.apply({ kind: "pauses", pauses: paused(...pauses) });
}

function started(): MachineHarness {
  const harness = new MachineHarness();
  harness.assign();
  return harness;
}

/** Pauses the task of 2,500 pending activations, up to the moment when 1,000 of them are parked and on disk. */
function parkSome(harness: MachineHarness): void {
  harness.holdsCommits = true;
  pause(harness, { tasks: ["t"] });
  harness.commit();
  harness.holdsCommits = false;
  expect(harness.parts.tallies.total()).toMatchObject({ pending: 1500, parked: 1000 });
}

const inOrder = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `i${from + at}`);

describe("a paused task", () => {
  it("is handed out no more, waits outside the limit of pending work, and comes back in order when it is resumed", () => {
    const harness = started();
    harness.arrive(...times(3000));
    pause(harness, { tasks: ["t"] });
    harness.work("w", ["t", "other"]);
    harness.arrive(...times(DEFAULT_LIMITS.maxPendingCount), { id: "other", task: "other" });
    harness.pass(3);
    expect(harness.starts).toEqual(["other"]);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, parked: 3000 + DEFAULT_LIMITS.maxPendingCount });
    expect(harness.paused).toBe(0);
    pause(harness, {});
    harness.pass(30);
    expect(harness.starts).toEqual(["other", ...inOrder(0, 3000 + DEFAULT_LIMITS.maxPendingCount)]);
  });

  it("keeps its order when it is resumed while its work is still being parked", () => {
    const harness = started();
    harness.arrive(...times(2500));
    parkSome(harness);
    harness.work("w", ["t"]);
    pause(harness, {});
    harness.arrive({});
    harness.pass(5);
    expect(harness.starts).toEqual(inOrder(0, 2501));
  });

  it("keeps its order when the broker is killed while its work is being parked", () => {
    const harness = started();
    harness.arrive(...times(2500));
    parkSome(harness);
    harness.restart(1000);
    pause(harness, { tasks: ["t"] });
    harness.assign({ end: 2500 });
    harness.arriveFrom(1000, ...times(1500));
    harness.work("w", ["t"]);
    harness.pass(3);
    expect(harness.starts).toEqual([]);
    pause(harness, {});
    harness.pass(5);
    expect(harness.starts).toEqual(inOrder(0, 2500));
  });

  it("lets runs finish; their unstarted work is returned and waits, too", () => {
    const harness = started();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"], 2);
    harness.arrive({}, {}, {});
    const [first, second] = harness.claimsOf("w");
    if (first === undefined || second === undefined) throw new Error("expected two claims");
    pause(harness, { tasks: ["t"] });
    harness.complete("w", [first]);
    harness.apply({ kind: "returned", session: "w", claims: [second] });
    harness.apply({ kind: "credit", session: "w", count: 5 });
    harness.pass(2);
    expect(harness.starts).toEqual(["i0", "i1"]);
    expect(harness.parts.counters.ends.completed).toBe(1);
    expect(harness.parts.tallies.total()).toMatchObject({ processing: 0, pending: 0, parked: 2 });
    pause(harness, {});
    expect(harness.starts).toEqual(["i0", "i1", "i1", "i2"]);
  });

  it("is parked when its delay has passed, and never starts after its expiry", () => {
    const harness = started();
    harness.work("w", ["t"]);
    harness.arrive({ id: "delayed", delay: 10 }, { id: "short", expires: 20 }, { id: "later", delay: 30 });
    harness.arrive(...times(3000, { expires: 20 }).map((record, at) => ({ ...record, id: `e${at}` })));
    expect(harness.starts.length).toBe(3001);
    harness.starts.length = 0;
    pause(harness, { tasks: ["t"] });
    harness.arrive({ id: "a", expires: 15 }, { id: "b", delay: 5 }, ...times(3000, { expires: 15 }));
    harness.pass(25);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, delayed: 1, parked: 3003 });
    pause(harness, {});
    harness.pass(10);
    expect(harness.starts.sort()).toEqual(["b", "delayed", "later"]);
    expect(harness.parts.counters.ends.expired).toBe(3001);
  });

  it("is paused during the load that brings its parked work back", () => {
    const harness = started();
    harness.arrive(...times(10));
    harness.pass(DEFAULT_LIMITS.parkAfter / 1000 + 2);
    expect(harness.parts.tallies.total().parked).toBe(10);
    // The events of one turn: the load is requested by the first, and answered after the second.
    harness.holdsUnparks = true;
    harness.work("w", ["t"]);
    harness.pass(1);
    pause(harness, { tasks: ["t"] });
    harness.answerUnparks();
    expect(harness.starts).toEqual([]);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, parked: 10 });
    pause(harness, {});
    harness.pass(2);
    expect(harness.starts).toEqual(inOrder(0, 10));
  });

  it("keeps its order when it is paused and resumed while the next part of its work is being loaded", () => {
    const harness = new MachineHarness({ loadLimit: 4 });
    harness.assign();
    harness.arrive(...times(10));
    harness.pass(DEFAULT_LIMITS.parkAfter / 1000 + 2);
    harness.holdsUnparks = true;
    harness.work("w", ["t"], 0);
    harness.pass(1);
    const answer = () => {
      const asked = harness.held.shift();
      if (asked?.kind !== "unpark") throw new Error("expected a load of parked work");
      return harness.journal.unpark(asked);
    };
    harness.apply(answer());
    // Read by the journal before the first part is parked again, and answered after.
    const second = answer();
    expect(second.rows.map(({ id }) => id)).toEqual(inOrder(4, 8));
    pause(harness, { tasks: ["t"] });
    harness.pass(1);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, parked: 10 });
    pause(harness, {});
    harness.apply(second);
    harness.apply({ kind: "credit", session: "w", count: 100 });
    harness.answerUnparks();
    harness.pass(5);
    expect(harness.starts).toEqual(inOrder(0, 10));
  });

  it("does not come back for a fetch either, and its killed work is dropped when it does", () => {
    const harness = started();
    pause(harness, { namespaces: ["n"] });
    harness.arrive({ id: "one" }, { id: "free", namespace: "m" });
    const fetch = (number: number) =>
      harness.apply({
        kind: "fetch",
        fetch: number,
        application: "app",
        namespace: undefined,
        holdUntil: harness.now,
      });
    fetch(1);
    fetch(2);
    expect(harness.handOuts).toEqual(["free", undefined]);
    harness.apply({ kind: "policy", policy: { judge: ({ id }) => (id === "one" ? "drop" : "keep") } });
    pause(harness, {});
    harness.pass(2);
    expect(harness.parts.counters.ends.killswitched).toBe(1);
  });
});

describe("a paused topic or pool", () => {
  it.each([
    ["topic", paused({ topics: [TOPIC] })],
    ["pool", paused({}, true)],
  ])("hands nothing of the %s out, is read up to its limit, and continues in order", (_, pauses) => {
    const harness = started();
    harness.work("w", ["t"]);
    harness.apply({ kind: "pauses", pauses });
    harness.arrive(...times(DEFAULT_LIMITS.maxPendingCount - 1));
    harness.pass(60);
    expect(harness.starts).toEqual([]);
    expect(harness.paused).toBe(0);
    harness.arrive({});
    expect(harness.paused).toBe(1);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: DEFAULT_LIMITS.maxPendingCount, parked: 0 });
    pause(harness, {});
    expect(harness.starts).toEqual(inOrder(0, DEFAULT_LIMITS.maxPendingCount));
  });

  it("leaves other topics alone", () => {
    const harness = started();
    harness.work("w", ["t"]);
    pause(harness, { topics: ["another"] });
    harness.arrive({});
    expect(harness.starts).toEqual(["i0"]);
  });
});

describe("a drained worker", () => {
  it("is handed nothing more, keeps its runs and its credit, and takes work again when that is undone", () => {
    const harness = started();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"], 3);
    harness.arrive({});
    harness.apply({ kind: "drain", worker: "w", drained: true });
    harness.arrive({}, {}, {});
    expect(harness.starts).toEqual(["i0"]);
    harness.complete("w", harness.claimsOf("w"));
    expect(harness.parts.counters.ends.completed).toBe(1);
    harness.apply({ kind: "drain", worker: "w", drained: false });
    expect(harness.starts).toEqual(["i0", "i1", "i2"]);
  });

  it("stays drained when its connection is lost for a moment, and not when its session has ended", () => {
    const harness = started();
    harness.work("w", ["t"]);
    harness.apply({ kind: "drain", worker: "w", drained: true });
    harness.apply({ kind: "lost", session: "w" });
    harness.apply({
      kind: "opened",
      session: "w again",
      worker: "w",
      application: "app",
      tasks: [{ name: "t", hash: "" }],
      held: [],
    });
    harness.apply({ kind: "credit", session: "w again", count: 5 });
    harness.arrive({});
    expect(harness.starts).toEqual([]);
    harness.apply({ kind: "closed", session: "w again" });
    harness.work("w", ["t"]);
    expect(harness.starts).toEqual(["i0"]);
  });

  it("is not counted on: when it is the only one for a task, the task's work is parked", () => {
    const harness = started();
    harness.work("w", ["t"]);
    harness.apply({ kind: "drain", worker: "w", drained: true });
    harness.arrive({});
    harness.pass(DEFAULT_LIMITS.parkAfter / 1000 + 2);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, parked: 1 });
    harness.apply({ kind: "drain", worker: "w", drained: false });
    harness.pass(1);
    expect(harness.starts).toEqual(["i0"]);
  });
});
