import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printJson, readJson } from "../../../console/source/data/json.js";

describe("the JSON of the console", () => {
  test("integers beyond 2^53 are read and printed with every digit", () => {
    const text = '{"group_id":9007199254740993,"low":-18446744073709551615,"list":[12345678901234567890]}';
    expect(printJson(readJson(text), 0)).toBe(text);
    expect(readJson("9007199254740993")).toBe(9007199254740993n);
    expect(readJson("[9007199254740991, 1.5e300, 0.1234567890123456]")).toEqual([
      9007199254740991, 1.5e300, 0.1234567890123456,
    ]);
  });

  test.each([
    '{"__proto__":{"polluted":1},"constructor":2,"id":1}',
    '{"__proto__":{"polluted":1},"id":9007199254740993}',
  ])("keys of the prototype are keys like any other: %s", (text) => {
    const read = readJson(text);
    expect(read).toBeTypeOf("object");
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.keys(read as object)[0]).toBe("__proto__");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((readJson('{"a":{}}') as { a: { toString?: unknown } }).a.toString).toBeUndefined();
    expect(printJson(read, 0)).toBe(text);
  });

  test("nesting of 10,000 levels is read, whether a number is long or not", () => {
    for (const inner of ["1", "9007199254740993"]) {
      let value = readJson(`${"[".repeat(10_000)}${inner}${"]".repeat(10_000)}`);
      let depth = 0;
      while (Array.isArray(value)) {
        value = value[0];
        depth += 1;
      }
      expect([depth, String(value)]).toEqual([10_000, inner]);
    }
  });

  test("a string of a MiB with escapes is read beside a long number", () => {
    const long = '\\u202e\\"x'.repeat(120_000);
    expect(readJson(`{"s":"${long}","n":9007199254740993}`)).toEqual({
      s: '\u202e"x'.repeat(120_000),
      n: 9007199254740993n,
    });
  });

  test.each(["", "{", "[1,]", '{"a":01}', "9007199254740993x", "'a'"])(
    "text that is no JSON is refused: %s",
    (text) => {
      expect(() => readJson(text)).toThrow(SyntaxError);
    },
  );

  test("a string that looks like a printed integer stays a string", () => {
    const value = { text: "bigint-0:12", number: 12345678901234567890n };
    expect(readJson(printJson(value))).toEqual(value);
  });

  test("any JSON is read as JSON.parse reads it, and printed as JSON.stringify prints it", () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (text, long) => {
        // A long number beside it takes the other of the two readers.
        const read = readJson(long ? `[${text},9007199254740993]` : text);
        expect(printJson(long && Array.isArray(read) ? read[0] : read, 0)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
