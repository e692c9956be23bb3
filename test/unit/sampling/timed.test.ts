import { beforeEach, describe, expect, test } from "vitest";
import {
  type ContextIterator,
  contextIterator,
  DynamicSamplingLogState,
  TaskContext,
  TimedIterator,
  TimeoutException,
  TimerNameMissing,
  timedFunction,
} from "#runtime/sampling/index.js";
import { ManualClock } from "./instruments.js";

let clock: ManualClock;
let context: TaskContext;

beforeEach(() => {
  clock = new ManualClock();
  context = new TaskContext("task", 5, new Map(), { monotonic: clock.read });
});

describe("section 5: timedFunction", () => {
  const work = timedFunction("work", (state: DynamicSamplingLogState, seconds: number, orgs: number) => {
    clock.seconds += seconds;
    state.increment({ numOrgs: orgs });
    return `did ${orgs}`;
  });

  test("gives the value, and stores the state with the timer's seconds", () => {
    expect(work(context, 1, 2)).toBe("did 2");
    expect(context.getFunctionState("work")).toMatchObject({ numOrgs: 2, executionTime: 1 });
  });

  test("continues with the state and the time of former calls", () => {
    work(context, 1, 2);
    clock.seconds += 1;
    work(context, 2, 3);
    expect(context.getFunctionState("work")).toMatchObject({ numOrgs: 5, executionTime: 3 });
  });

  test("throws when expired, without calling or timing anything", () => {
    clock.seconds = 5.5;
    expect(() => work(context, 1, 2)).toThrow(TimeoutException);
    expect([clock.seconds, context.timers.names(), context.contextData.size]).toEqual([5.5, [], 0]);
  });

  test("a call that began in time may finish late", () => {
    clock.seconds = 5;
    expect(work(context, 100, 1)).toBe("did 1");
    expect(() => work(context, 1, 1)).toThrow(TimeoutException);
  });

  test("a throwing function: its time counts, its state is not stored, the error passes", () => {
    const failing = timedFunction("failing", (state) => {
      state.increment({ numOrgs: 1 });
      clock.seconds += 2;
      throw new Error("inner");
    });
    expect(() => failing(context)).toThrow("inner");
    clock.seconds += 1;
    expect(context.getTimer("failing").current()).toBe(2);
    expect(context.contextData.has("failing")).toBe(false);
  });

  test("an async function is timed until it settles", async () => {
    const slow = timedFunction("slow", async (state, seconds: number) => {
      await Promise.resolve();
      clock.seconds += seconds;
      if (seconds > 2) throw new Error("inner");
      return state.increment({ numOrgs: 1 }).numOrgs;
    });
    expect(await slow(context, 2)).toBe(1);
    expect(context.getFunctionState("slow")).toMatchObject({ numOrgs: 1, executionTime: 2 });
    await expect(slow(context, 3)).rejects.toThrow("inner");
    clock.seconds += 9;
    expect(context.getTimer("slow").current()).toBe(5);
    expect(context.getFunctionState("slow").executionTime).toBe(2);
  });
});

class Countdown implements ContextIterator<number> {
  static readonly timerName = "Countdown";
  #state = new DynamicSamplingLogState();
  #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  getCurrentState(): DynamicSamplingLogState {
    return this.#state;
  }

  setCurrentState(state: DynamicSamplingLogState): void {
    this.#state = state;
  }

  next(): IteratorResult<number, undefined> {
    clock.seconds += 1;
    this.#state.increment({ numIterations: 1 });
    if (this.#left < 0) throw new Error("inner");
    this.#left -= 1;
    return this.#left < 0 ? { done: true, value: undefined } : { done: false, value: this.#left };
  }
}

describe("section 5: TimedIterator", () => {
  test("gives the elements, and stores the state with the seconds after each", async () => {
    const timed = new TimedIterator(context, new Countdown(2), "steps");
    expect(await timed.next()).toEqual({ done: false, value: 1 });
    expect(context.getFunctionState("steps")).toMatchObject({ numIterations: 1, executionTime: 1 });
    expect(await timed.next()).toEqual({ done: false, value: 0 });
    expect(context.getFunctionState("steps")).toMatchObject({ numIterations: 2, executionTime: 2 });
  });

  test("its name is by default the static timerName of inner's class", async () => {
    await new TimedIterator(context, new Countdown(1)).next();
    expect([...context.contextData.keys()]).toEqual(["Countdown"]);
  });

  test("a class without timerName needs a name", () =>
    expect(() => new TimedIterator(context, [1][Symbol.iterator]())).toThrow(TimerNameMissing));

  test("the end stores nothing by itself, and stops the timer", async () => {
    const timed = new TimedIterator(context, new Countdown(0), "steps");
    expect(await timed.next()).toEqual({ done: true, value: undefined });
    expect(context.contextData.has("steps")).toBe(false);
    clock.seconds += 2;
    expect(context.getTimer("steps").current()).toBe(1);
  });

  test("a state that was stored is changed in place by the last call all the same", async () => {
    const timed = new TimedIterator(context, new Countdown(1), "steps");
    for await (const _ of timed);
    expect(context.getFunctionState("steps")).toMatchObject({ numIterations: 2, executionTime: 1 });
  });

  test("an error passes, its time counts, nothing is stored", async () => {
    await expect(new TimedIterator(context, new Countdown(-1), "steps").next()).rejects.toThrow("inner");
    clock.seconds += 2;
    expect(context.getTimer("steps").current()).toBe(1);
    expect(context.contextData.has("steps")).toBe(false);
  });

  test("a second iterator of one name continues with the counters of the first", async () => {
    await new TimedIterator(context, new Countdown(1)).next();
    await new TimedIterator(context, new Countdown(1)).next();
    expect(context.getFunctionState("Countdown")).toMatchObject({ numIterations: 2, executionTime: 2 });
  });

  test("throws when expired, without asking inner; exactly at the limit it continues", async () => {
    const timed = new TimedIterator(context, new Countdown(9), "steps");
    clock.seconds = 5;
    expect(await timed.next()).toEqual({ done: false, value: 8 });
    await expect(timed.next()).rejects.toThrow(TimeoutException);
    expect(clock.seconds).toBe(6);
    expect(context.getTimer("steps").current()).toBe(1);
  });

  test("an aborted signal ends it with its reason", async () => {
    const signal = AbortSignal.abort(new Error("the worker stops"));
    const stopped = new TaskContext("task", 5, new Map(), { monotonic: clock.read, signal });
    await expect(new TimedIterator(stopped, new Countdown(9)).next()).rejects.toThrow("the worker stops");
  });

  test("is itself a context iterator: both calls go to inner", () => {
    const inner = new Countdown(1);
    const timed = new TimedIterator(context, inner);
    const state = new DynamicSamplingLogState();
    timed.setCurrentState(state);
    expect([timed.getCurrentState(), inner.getCurrentState()]).toEqual([state, state]);
    expect(inner.getCurrentState()).toBe(state);
  });

  test("a plain iterator, at once or async, is adapted with a holder of one state", async () => {
    async function* numbers() {
      yield* [1, 2];
    }
    const seen: number[] = [];
    for await (const value of new TimedIterator(context, numbers(), "plain")) seen.push(value);
    for await (const value of new TimedIterator(context, [3][Symbol.iterator](), "plain")) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
    const adapted = contextIterator([1][Symbol.iterator]());
    const state = new DynamicSamplingLogState();
    adapted.setCurrentState(state);
    expect(adapted.getCurrentState()).toBe(state);
    const inner = new Countdown(1);
    expect(contextIterator(inner)).toBe(inner);
  });
});
