import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Control, idOf } from "#runtime/broker/controls/control.js";
import { type Change, ControlState, versionOf } from "#runtime/broker/controls/state.js";

const control = (subject: string, change: Partial<Control> = {}): Control => ({
  kind: "task",
  subject,
  args: {},
  kwargs: {},
  by: "anna",
  reason: "",
  since: 1,
  until: Number.POSITIVE_INFINITY,
  ...change,
});
const set = (subject: string, at: number, change: Partial<Control> = {}): Change => {
  const made = control(subject, { since: at, ...change });
  return { id: idOf(made), control: made, at };
};
const end = (subject: string, at: number): Change => ({ id: `task/${subject}`, control: undefined, at });
const subjects = (state: ControlState, wall = 0) =>
  state.inForce(wall).map(({ subject, since }) => `${subject} ${since}`);
const noProblem = (problem: string) => {
  throw new Error(problem);
};

describe("the controls of a broker that shares a topic", () => {
  it("are the same on all brokers once the topic has every change, for any order of changes, reads, appends and kills", () => {
    const step = fc.record({
      broker: fc.nat(2),
      subject: fc.constantFrom("a", "b"),
      ends: fc.boolean(),
      /** Which brokers read the topic after the change. */
      readers: fc.subarray([0, 1, 2]),
      /** Which brokers append what they have not shared. */
      sharers: fc.subarray([0, 1, 2]),
      /** The broker is killed, and comes back with what its journal has. */
      killed: fc.option(fc.nat(2), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const topic: { readonly change: Change; readonly offset: number }[] = [];
        const brokers = [0, 1, 2].map(() => ({ state: new ControlState(false), next: 0 }));
        const read = (broker: { state: ControlState; next: number }) => {
          for (const { change, offset } of topic.slice(broker.next)) broker.state.read({ ...change, offset });
          broker.next = topic.length;
        };
        const share = (broker: { state: ControlState; next: number }) => {
          for (let [change] = broker.state.unshared; change !== undefined; [change] = broker.state.unshared) {
            read(broker);
            [change] = broker.state.unshared;
            if (change === undefined) return;
            topic.push({ change, offset: topic.length });
            broker.state.appended(change, topic.length - 1);
          }
        };
        for (const [at, { broker, subject, ends, readers, sharers, killed }] of steps.entries()) {
          brokers[broker]?.state.change(ends ? end(subject, at + 1) : set(subject, at + 1));
          for (const reader of readers) read(brokers[reader] ?? { state: new ControlState(false), next: 0 });
          for (const sharer of sharers) share(brokers[sharer] ?? { state: new ControlState(false), next: 0 });
          if (killed === undefined) continue;
          const state = new ControlState(false);
          state.fromJson(brokers[killed]?.state.toJson(0) ?? "", noProblem);
          const back = { state, next: topic.length };
          state.reread(topic.map(({ change, offset }) => ({ ...change, offset })));
          brokers[killed] = back;
        }
        for (const broker of brokers) share(broker);
        for (const broker of brokers) read(broker);
        const [first, ...others] = brokers.map(({ state }) => subjects(state));
        for (const other of others) expect(other).toEqual(first);
        // A compacted topic says the same to a broker that starts now.
        const latest = new Map(topic.map(({ change, offset }) => [change.id, { ...change, offset }]));
        const later = new ControlState(false);
        later.reread([...latest.values()]);
        expect(subjects(later)).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  it("hide what the topic says of the same control until the topic has them", () => {
    const state = new ControlState(false);
    state.read({ ...set("a", 5), offset: 0 });
    const ended = end("a", 6);
    state.change(ended);
    expect([subjects(state), state.isShared("task/a")]).toEqual([[], false]);
    state.appended(ended, 1);
    expect([subjects(state), state.isShared("task/a"), state.unshared]).toEqual([[], true, []]);
    // A late record of before changes nothing.
    state.read({ ...set("a", 5), offset: 0 });
    expect(subjects(state)).toEqual([]);
  });

  it("that were appended before a kill are not appended again over a later change of another broker", () => {
    const state = new ControlState(false);
    state.change(set("a", 5));
    const back = new ControlState(false);
    back.fromJson(state.toJson(0), noProblem);
    back.reread([{ ...end("a", 8), offset: 3 }]);
    expect([subjects(back), back.unshared]).toEqual([[], []]);
  });

  it("of which the topic knows nothing any more have ended, except those that it never had", () => {
    const state = new ControlState(false);
    state.read({ ...set("shared", 1), offset: 7 });
    state.change(set("own", 2));
    const back = new ControlState(false);
    back.fromJson(state.toJson(0), noProblem);
    expect(subjects(back)).toEqual(["shared 1", "own 2"]);
    back.reread([]);
    expect(subjects(back)).toEqual(["own 2"]);
  });

  it("take at most 10,000 ids from the topic, and forget ended ones first", () => {
    const state = new ControlState(false);
    for (let offset = 0; offset < 10_000; offset += 1) state.read({ ...set(`t${offset}`, 1), offset });
    state.read({ ...set("beyond", 1), offset: 10_000 });
    expect(state.inForce(0)).toHaveLength(10_000);
    expect(state.get("task/beyond")).toBeUndefined();
    state.read({ ...end("t3", 2), offset: 10_001 });
    state.read({ ...set("beyond", 1), offset: 10_002 });
    expect(state.get("task/beyond")).toBeDefined();
  });
});

describe("the controls of the only broker of a pool", () => {
  it("survive as JSON, without those that ended by themselves", () => {
    const state = new ControlState(true);
    state.change(set("for ever", 1));
    state.change(set("short", 2, { until: 100 }));
    state.change({
      ...set("killed", 3, { kind: "kill", kwargs: { a: ["x", { b: 1 }] }, args: { 0: null }, reason: "why" }),
    });
    state.change(set("ended", 4));
    state.change(end("ended", 5));
    expect(state.unshared).toEqual([]);
    const back = new ControlState(true);
    back.fromJson(state.toJson(50), noProblem);
    expect(back.inForce(50)).toEqual(state.inForce(50));
    expect(subjects(back, 100)).toEqual(["for ever 1", "killed 3"]);
    expect(JSON.parse(state.toJson(100)).own).toHaveLength(2);
  });

  it("that cannot be read are named, and the others hold", () => {
    const state = new ControlState(true);
    state.change(set("good", 1));
    const document = JSON.parse(state.toJson(0));
    document.own.push(
      { id: "task/x", at: 1, control: { kind: "task", subject: 5 } },
      { id: "x", control: { kind: "stop" } },
      7,
    );
    const problems: string[] = [];
    const back = new ControlState(true);
    back.fromJson(JSON.stringify(document), (problem) => problems.push(problem));
    expect(subjects(back)).toEqual(["good 1"]);
    expect(problems).toHaveLength(3);
    back.fromJson('{"version":2}', (problem) => problems.push(problem));
    expect(problems.at(-1)).toContain("expected controls of version 1, found 2");
    back.fromJson("{", (problem) => problems.push(problem));
    expect(problems.at(-1)).toContain("expected controls of version 1, found none");
  });
});

it("versions of controls are equal for the same controls, set by any person at any time, and differ for others", () => {
  const version = (...controls: readonly Control[]) => versionOf(controls);
  const [a, b] = [control("a"), control("b")];
  expect(version(a, b)).toBe(version(control("b", { by: "bert", since: 9 }), control("a", { reason: "other" })));
  const others = [[], [a], [a, control("b", { until: 5 })], [a, control("b", { kind: "namespace" })]];
  const kills = [{ kwargs: { x: 1 } }, { kwargs: { x: 2 } }, { args: { 0: 1 } }].map((rule) => [
    control("a", { kind: "kill", ...rule }),
  ]);
  expect(new Set([version(a, b), ...[...others, ...kills].map((each) => version(...each))]).size).toBe(8);
  expect(version(control("a", { kind: "kill", kwargs: { x: 1, y: 2 } }))).toBe(
    version(control("a", { kind: "kill", kwargs: { y: 2, x: 1 } })),
  );
});
