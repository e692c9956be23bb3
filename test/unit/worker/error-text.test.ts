import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { errorText, textForBroker } from "#runtime/worker/child/error-text.js";

const linesOf = (thrown: unknown) => (errorText(thrown).stack ?? "").split("\n");

/** An error with this many frames of 100 characters, and a cause. */
function deep(frames: number): Error {
  const error = new Error("outer", { cause: new Error("the cause") });
  const at = Array.from({ length: frames }, (_, n) => `    at handler${n} (file:///srv/${"x".repeat(80)}.ts:${n}:1)`);
  error.stack = `Error: outer\n${at.join("\n")}`;
  return error;
}

describe("the text of an error for the broker", () => {
  it("is the whole text when that fits into 4 KiB", () => {
    const { stack = "" } = errorText(deep(20));
    expect(textForBroker(stack)).toBe(stack);
  });

  it("has the first 8 frames of each error when the text is longer, and keeps the causes", () => {
    const { stack = "" } = errorText(deep(100));
    const text = textForBroker(stack);
    expect(Buffer.byteLength(stack)).toBeGreaterThan(4096);
    const lines = text.split("\n");
    expect(lines.slice(0, 2)).toEqual(["Error: outer", expect.stringContaining("handler0 ")]);
    expect(lines[8]).toContain("handler7 ");
    expect(lines[9]).toBe("  [cause] Error: the cause");
  });

  it("never exceeds 4 KiB", () => {
    const { stack = "" } = errorText(new Error("ü".repeat(10_000)));
    expect(Buffer.byteLength(textForBroker(`${stack}${"\nx".repeat(9000)}`))).toBeLessThanOrEqual(4096);
  });
});

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
