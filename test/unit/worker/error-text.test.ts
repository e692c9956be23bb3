import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { errorText } from "#runtime/worker/child/error-text.js";

const linesOf = (thrown: unknown) => (errorText(thrown).stack ?? "").split("\n");

describe("the text of an error", () => {
  it("is its name and message, then its stack, then each cause with the same", () => {
    const inner = new RangeError("the port is closed");
    const outer = new TypeError("cannot send", { cause: inner });
    const { error } = errorText(outer);
    const lines = linesOf(outer);
    expect(error).toBe("TypeError: cannot send");
    expect(lines[0]).toBe(error);
    expect(lines[1]).toMatch(/^ {4}at .*error-text\.test\.ts:\d+:\d+/);
    const cause = lines.indexOf("  [cause] RangeError: the port is closed");
    expect(cause).toBeGreaterThan(1);
    expect(lines[cause + 1]).toMatch(/^ {6}at .*error-text\.test\.ts/);
  });

  it("has the name that the error has now, also in its first line", () => {
    const error = new Error("late");
    error.name = "Renamed";
    expect(linesOf(error)[0]).toBe("Renamed: late");
  });

  it("names the errors within an AggregateError, the first ten", () => {
    const text = errorText(
      new AggregateError(
        Array.from({ length: 12 }, (_, n) => new Error(`e${n}`)),
        "all",
      ),
    ).stack;
    expect(text).toContain("  [errors 0] Error: e0\n");
    expect(text).toContain("  [errors 9] Error: e9\n");
    expect(text).not.toContain("e10");
    expect(text).toContain("... 2 more errors");
  });

  it("shows a thrown value that is not an error as it is", () => {
    expect(errorText("broken")).toEqual({ error: "broken" });
    expect(errorText(undefined)).toEqual({ error: "undefined" });
    expect(errorText({ status: 503, body: "x".repeat(100_000) }).error).toMatch(/^\{\s*status: 503,\s*body:/);
  });

  it("accepts an error of another realm", () => {
    expect(errorText(runInNewContext("new TypeError('elsewhere')")).error).toBe("TypeError: elsewhere");
  });

  it("is bounded, whatever the error does", () => {
    class Endless extends Error {
      override get cause(): unknown {
        return new Endless("again");
      }
    }
    const hostile = new Error("fine");
    for (const key of ["stack", "cause", "message", "name"])
      Object.defineProperty(hostile, key, {
        get: () => {
          throw new Error("no");
        },
      });
    const refusing = new Proxy(new Error("hidden"), {
      get: () => {
        throw new Error("no");
      },
      getPrototypeOf: () => {
        throw new Error("no");
      },
    });
    const circular = new Error("circle");
    circular.cause = circular;
    const values = [
      new Endless("start"),
      hostile,
      refusing,
      circular,
      new Error("m".repeat(2 ** 24)),
      new AggregateError([new AggregateError([new AggregateError([])])]),
      { toString: () => ({}), [Symbol.toPrimitive]: () => ({}) },
      Object.create(null),
      Symbol("s"),
      () => {},
    ];
    for (const value of values) {
      const { error, stack = "" } = errorText(value);
      expect(error.length).toBeGreaterThan(0);
      expect(error.length).toBeLessThanOrEqual(4096);
      expect(stack.length).toBeLessThanOrEqual(16 * 1024);
    }
    expect(errorText(circular).stack).toContain("[cause] (an error from above)");
  });
});
