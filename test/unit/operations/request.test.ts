import { describe, expect, it } from "vitest";
import { OperationError } from "#runtime/operations/errors.js";
import { RequestReader } from "#runtime/operations/request.js";

/** The refusal of `read`; fails when it is none. */
function refusalOf(read: () => unknown): { kind: string; code: string; message: string; field: string | undefined } {
  try {
    read();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { kind, code, message, field } = error;
    return { kind, code, message, field };
  }
  throw new Error("nothing was refused");
}

describe("the reader of a verb's parameters", () => {
  it("reads parameters of every kind, and the defaults of those that are not given", () => {
    const reader = new RequestReader({
      q: "state:pending",
      limit: 7,
      ids: ["a", "b"],
      dryRun: true,
      until: "2026-11-30T14:00:00.5+01:00",
      kind: "task",
      nothing: null,
    });
    expect(reader.text("q")).toBe("state:pending");
    expect(reader.requiredText("kind")).toBe("task");
    expect(reader.choice("kind", ["task", "topic"])).toBe("task");
    expect(reader.integer("limit", { least: 1, most: 1000 })).toBe(7);
    expect(reader.texts("ids", 1000)).toEqual(["a", "b"]);
    expect(reader.flag("dryRun")).toBe(true);
    expect(reader.time("until")).toBe(Date.parse("2026-11-30T13:00:00.500Z"));
    expect([reader.text("nothing"), reader.text("cursor"), reader.any("parameters")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([reader.flag("chain"), reader.texts("places", 1), reader.time("from")]).toEqual([false, [], undefined]);
    expect([reader.integer("rate", { least: 0, most: 1 }), reader.choice("order", ["newest"])]).toEqual([
      undefined,
      undefined,
    ]);
    reader.end();
  });

  it.each([null, 1, "{}", [], undefined])("refuses a request that is no object: %j", (request) =>
    expect(refusalOf(() => new RequestReader(request))).toMatchObject({ kind: "bad_request", code: "bad_parameter" }),
  );

  it.each<[string, unknown, (reader: RequestReader) => unknown, string]>([
    ["a number as text", 5, (reader) => reader.text("x"), "x: expected a string, found a number"],
    ["a long text", "aaaa", (reader) => reader.text("x", 3), "x: expected at most 3 characters, found 4; shorten it"],
    ["no required text", undefined, (reader) => reader.requiredText("x"), "found nothing; it is required"],
    ["an empty required text", "", (reader) => reader.requiredText("x"), "found nothing; it is required"],
    ["an unknown choice", "c", (reader) => reader.choice("x", ["a", "b"]), 'x: expected a, b, found "c"'],
    ["a text as flag", "true", (reader) => reader.flag("x"), "x: expected true or false, found a string"],
    [
      "a number beyond its bounds",
      1001,
      (reader) => reader.integer("x", { least: 1, most: 1000 }),
      "x: expected a whole number from 1 to 1000, found 1001",
    ],
    ["a fraction", 1.5, (reader) => reader.integer("x", { least: 1, most: 1000 }), "found 1.5"],
    ["digits as text", "1", (reader) => reader.integer("x", { least: 1, most: 9 }), "found a string"],
    ["an object as list", {}, (reader) => reader.texts("x", 2), "x: expected a list of strings, found an object"],
    [
      "a list beyond its bound",
      ["a", "b", "c"],
      (reader) => reader.texts("x", 2),
      "x: expected at most 2 entries, found 3",
    ],
    ["an empty string in a list", ["a", ""], (reader) => reader.texts("x", 2), "x[1]: expected a string of 1 to"],
    [
      "null in a list",
      [null],
      (reader) => reader.texts("x", 2),
      "x[0]: expected a string of 1 to 4096 characters, found nothing",
    ],
    ["a day that does not exist", "2026-02-30T00:00:00Z", (reader) => reader.time("x"), "x: expected a time such as"],
  ])("refuses %s, and names the parameter", (_, value, read, message) => {
    const refused = refusalOf(() => read(new RequestReader({ x: value })));
    expect(refused).toMatchObject({ kind: "bad_request", code: "bad_parameter", field: expect.stringMatching(/^x/) });
    expect(refused.message).toContain(message);
  });

  it("refuses a parameter that the verb does not have, and lists those it has", () => {
    const reader = new RequestReader({ q: "", dry_run: true });
    reader.text("q");
    reader.flag("dryRun");
    expect(refusalOf(() => reader.end())).toEqual({
      kind: "bad_request",
      code: "unknown_parameter",
      field: "dry_run",
      message: 'unknown parameter "dry_run"; known: dryRun, q; did you mean dryRun?',
    });
    const other = new RequestReader({ colour: 1 });
    other.text("q");
    expect(refusalOf(() => other.end()).message).toContain("check its spelling, and the broker's version");
    expect(refusalOf(() => new RequestReader({ constructor: 1 }).end()).message).toContain("there are none");
  });

  it("takes no parameter from the prototype of an object", () => {
    const reader = new RequestReader(JSON.parse('{"__proto__":{"dryRun":true}}'));
    expect(reader.flag("dryRun")).toBe(false);
    expect(refusalOf(() => reader.end()).field).toBe("__proto__");
  });
});
