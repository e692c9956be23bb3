import { beforeEach, describe, expect, test } from "vitest";
import { DynamicSamplingLogState, TaskContext, TimeoutException } from "#runtime/sampling/index.js";
import { ManualClock } from "./instruments.js";

const ZERO = new DynamicSamplingLogState().toDict();
let clock: ManualClock;
let context: TaskContext;

beforeEach(() => {
  clock = new ManualClock(100);
  context = new TaskContext("my-task", 3, new Map(), { monotonic: clock.read });
});

describe("section 4: TaskContext", () => {
  test("its expiration is its creation plus the limit", () => expect(context.expirationTime).toBe(103));

  test("it is expired beyond the limit, not exactly at it", () => {
    clock.seconds = 103;
    expect(context.expired).toBe(false);
    context.checkTime();
    clock.seconds = 103.001;
    expect(context.expired).toBe(true);
    expect(() => context.checkTime()).toThrow(TimeoutException);
  });

  test("a limit of 0 is not expired at once", () => {
    const none = new TaskContext("none", 0, new Map(), { monotonic: clock.read });
    expect(none.expired).toBe(false);
    clock.seconds = 100.5;
    expect(none.expired).toBe(true);
  });

  test("it uses the map that was given, and an empty one otherwise", () => {
    const state = new DynamicSamplingLogState().increment({ numOrgs: 1 });
    const data = new Map([["f", state]]);
    const given = new TaskContext("given", 1, data, { monotonic: clock.read });
    expect(given.contextData).toBe(data);
    expect(given.getFunctionState("f")).toBe(state);
    expect(context.contextData.size).toBe(0);
  });

  test("an absent state is a fresh one that is not stored", () => {
    const state = context.getFunctionState("f");
    expect(state.toDict()).toEqual(ZERO);
    state.increment({ numOrgs: 1 });
    expect(context.getFunctionState("f").numOrgs).toBe(0);
  });

  test("a stored state is given itself: changes are visible to later readers", () => {
    const state = new DynamicSamplingLogState();
    context.setFunctionState("f", state);
    context.getFunctionState("f").increment({ numOrgs: 1 });
    expect(context.getFunctionState("f")).toBe(state);
    expect(state.numOrgs).toBe(1);
  });

  test("incrFunctionState makes the entry", () => {
    context.incrFunctionState("f", { numOrgs: 1 });
    context.incrFunctionState("f", { numOrgs: 1, numDbCalls: 2 });
    expect(context.getFunctionState("f").toDict()).toEqual({ ...ZERO, numOrgs: 2, numDbCalls: 2 });
  });

  test("toDict has name, limit, seconds since the creation, and the data", () => {
    clock.seconds = 101.5;
    expect(context.toDict()).toEqual({ taskName: "my-task", maxSeconds: 3, seconds: 1.5, taskData: {} });
  });

  test("toDict overwrites the time of every stored state by its timer's, 0 when that was never used", () => {
    const state = DynamicSamplingLogState.fromDict({ executionTime: 7, numOrgs: 1 });
    context.setFunctionState("by hand", state);
    context.setFunctionState("timed", new DynamicSamplingLogState());
    context.getTimer("timed").start();
    clock.seconds = 102;
    expect(context.toDict().taskData).toEqual({
      "by hand": { ...ZERO, numOrgs: 1 },
      timed: { ...ZERO, executionTime: 2 },
    });
    expect(state.executionTime).toBe(0);
  });

  test("toDict adds a zero state for every timer without one", () => {
    context.getTimer("only a timer").run(() => {
      clock.seconds = 100.25;
    });
    expect(context.toDict().taskData).toEqual({ "only a timer": { ...ZERO, executionTime: 0.25 } });
    expect(context.contextData.has("only a timer")).toBe(false);
  });

  test("two contexts do not share their timers", () => {
    const other = new TaskContext("other", 3, new Map(), { monotonic: clock.read });
    context.getTimer("a").start();
    clock.seconds = 101;
    expect(other.getTimer("a").current()).toBe(0);
  });

  test("an aborted signal ends it with its reason and leaves the limit as it is", () => {
    const abort = new AbortController();
    const stoppable = new TaskContext("stoppable", 3, new Map(), { monotonic: clock.read, signal: abort.signal });
    stoppable.checkTime();
    abort.abort(new Error("the worker stops"));
    expect(() => stoppable.checkTime()).toThrow("the worker stops");
    expect([stoppable.expired, stoppable.expirationTime]).toEqual([false, 103]);
  });
});

describe("section 5: TimeoutException", () => {
  test("carries the context and what else was given, and names the task and its limit", () => {
    const error = new TimeoutException(context, "more", 1);
    expect(error.taskContext).toBe(context);
    expect(error.more).toEqual(["more", 1]);
    expect(error.message).toBe("my-task ran out of time: expected it to end within 3 s");
    expect(error.code).toBe("sampling_timeout");
  });
});
