import { beforeEach, describe, expect, test } from "vitest";
import { Timers } from "#runtime/sampling/index.js";
import { ManualClock } from "./instruments.js";

let clock: ManualClock;
let timers: Timers;

beforeEach(() => {
  clock = new ManualClock();
  timers = new Timers(clock.read);
});

const at = (seconds: number) => {
  clock.seconds = seconds;
};

describe("section 3: Timers", () => {
  test("any operation makes the entry, current too", () => {
    timers.current("a");
    timers.stop("b");
    timers.start("c");
    expect(timers.names()).toEqual(["a", "b", "c"]);
  });

  test("start, stop and current give the seconds so far", () => {
    at(10);
    expect(timers.start("a")).toBe(0);
    at(12);
    expect(timers.current("a")).toBe(2);
    at(13);
    expect(timers.stop("a")).toBe(3);
    at(20);
    expect(timers.current("a")).toBe(3);
    timers.start("a");
    at(21);
    expect(timers.stop("a")).toBe(4);
  });

  test("starting a running timer does nothing", () => {
    timers.start("a");
    at(5);
    expect(timers.start("a")).toBe(5);
    at(6);
    expect(timers.stop("a")).toBe(6);
  });

  test("stopping a stopped timer does nothing", () => {
    expect(timers.stop("a")).toBe(0);
    at(5);
    expect(timers.stop("a")).toBe(0);
  });

  test("reading never changes the value", () => {
    timers.start("a");
    at(1);
    expect([timers.current("a"), timers.current("a")]).toEqual([1, 1]);
  });

  test("a clock reading of 0 is a start like any other", () => {
    at(0);
    timers.start("a");
    at(4);
    expect(timers.current("a")).toBe(4);
  });

  test("different names are independent", () => {
    timers.start("a");
    at(1);
    timers.start("b");
    at(3);
    expect([timers.current("a"), timers.current("b"), timers.current("c")]).toEqual([3, 2, 0]);
  });
});

describe("section 3: NamedTimer", () => {
  test("two handles of one name share the state", () => {
    timers.getTimer("a").start();
    at(2);
    expect(timers.getTimer("a").stop()).toBe(2);
    expect(timers.getTimer("a").current()).toBe(2);
    expect(timers.getTimer("a").name).toBe("a");
  });

  test("a scope starts it when entered and stops it when left", () => {
    {
      using _ = timers.getTimer("a").scope();
      at(2);
    }
    at(9);
    expect(timers.current("a")).toBe(2);
  });

  test("a scope that is left by an error stops it, and the error passes", () => {
    expect(() => {
      using _ = timers.getTimer("a").scope();
      at(2);
      throw new Error("inner");
    }).toThrow("inner");
    at(9);
    expect(timers.current("a")).toBe(2);
  });

  test("an inner scope of the same name stops it: the rest of the outer one is not counted", () => {
    {
      using _outer = timers.getTimer("a").scope();
      at(1);
      {
        using _inner = timers.getTimer("a").scope();
        at(3);
      }
      at(10);
    }
    expect(timers.current("a")).toBe(3);
  });

  test("run gives what the function gives, and times it on error too", () => {
    const timer = timers.getTimer("a");
    expect(timer.run(() => "value")).toBe("value");
    expect(() =>
      timer.run(() => {
        at(2);
        throw new Error("inner");
      }),
    ).toThrow("inner");
    at(9);
    expect(timer.current()).toBe(2);
  });

  test("run counts until a promise settles, and stops before its caller continues", async () => {
    const timer = timers.getTimer("a");
    const value = await timer.run(async () => {
      await Promise.resolve();
      at(4);
      return "value";
    });
    at(9);
    expect([value, timer.current()]).toEqual(["value", 4]);
    const failed = timer.run(async () => {
      await Promise.resolve();
      at(10);
      throw new Error("inner");
    });
    await expect(failed).rejects.toThrow("inner");
    at(20);
    expect(timer.current()).toBe(5);
  });
});
