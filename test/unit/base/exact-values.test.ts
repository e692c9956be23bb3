import { describe, expect, it } from "vitest";
import { DurationError, milliseconds, wholeSeconds } from "#runtime/base/duration.js";
import { exactJson, JsonError } from "#runtime/base/exact-json.js";
import { instantOf } from "#runtime/base/instant.js";
import { address, positiveInteger, wholeNumber } from "#runtime/cli/options.js";

describe("JSON that is read exactly", () => {
  it.each([
    '{"a":[1,-2.5,1e3,"x\\"}\\u00e9",{},[],null,true,false],"b":{"c":{"d":""}}}',
    ' [ 1 , { "a" : [ ] , "b" : 2 } , "," ] ',
    "9007199254740991",
    "0.1",
    "1.7976931348623157e308",
    '"\\\\"',
    "null",
  ])("%s is what JSON.parse makes of it", (text) => {
    expect(exactJson(text)).toEqual(JSON.parse(text));
    expect(exactJson(text, true)).toEqual(JSON.parse(text));
  });

  it("reads strings of millions of characters, with escapes and without", () => {
    const long = { a: "x".repeat(9_000_000), b: '\\"\n'.repeat(1_000_000) };
    expect(exactJson(JSON.stringify(long))).toEqual(long);
  });

  it("keeps a key __proto__ as a key of its own, as JSON.parse does", () => {
    expect(JSON.stringify(exactJson('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it("has whole numbers beyond 2^53 as bigint, with every digit", () => {
    expect(exactJson('{"id":1234567890123456789,"all":[-9007199254740993]}')).toEqual({
      id: 1234567890123456789n,
      all: [-9007199254740993n],
    });
  });

  it.each([
    ['{"any":{"id":1234567890123456789}}', "any.id: expected a number within ±(2^53 - 1)"],
    ["[1,[-9007199254740993]]", "[1][0]: expected a number within"],
    ['{"f":0.12345678901234567890}', "f: expected a number that a 64-bit float can hold"],
    ['{"f":1e400}', "which would become Infinity"],
    ['{"f":1e-400}', "which would become 0"],
  ])("refuses %s for a person's sending, and names the place", (text, message) => {
    expect(() => exactJson(text, true)).toThrow(message);
  });

  it.each([
    ['{"a":1,"b":2,"a":3}', "a: expected each key once"],
    ['{"x":[{"a":1,"\\u0061":2}]}', "x[0].a: expected each key once"],
  ])("refuses %s, where one value would win in silence", (text, message) => {
    expect(() => exactJson(text)).toThrow(JsonError);
    expect(() => exactJson(text)).toThrow(message);
  });

  it.each(["", "{", "nope", "NaN", "{'a':1}", "[1,]", "01", "\ufeff{}"])("refuses %j, which is no JSON", (text) => {
    expect(() => exactJson(text)).toThrow(JsonError);
  });
});

describe("an instant", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-02 03:04:05.678901+02:00", "2026-01-02T01:04:05.678Z"],
    ["2024-02-29t00:00:00.5z", "2024-02-29T00:00:00.500Z"],
    ["0001-01-01T00:00:00-00:30", "0001-01-01T00:30:00.000Z"],
    ["2000-02-29T23:59:59+23:59", "2000-02-29T00:00:59.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is %s", (text, iso) => expect(new Date(instantOf(text) ?? Number.NaN).toISOString()).toBe(iso));

  it.each([
    "2026-02-30T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:60:00Z",
    "2016-12-31T23:59:60Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+01:60",
    "2026-01-01T00:00:00",
    "2026-01-01",
    "2026-01-01T00:00:00+0100",
  ])("%s does not exist, or says no moment", (text) => expect(instantOf(text)).toBeUndefined());
});

describe("a duration", () => {
  it.each(["1e3", "0x10", " 5 m", "5 m", "-1s", "1,5s", "5M", "", "s", "1_000", "Infinity", "５s"])(
    "%j is refused",
    (text) => expect(() => milliseconds(text)).toThrow(DurationError),
  );

  it.each([new Date(0), 5n, null, true, {}, [], Number.NaN, Number.POSITIVE_INFINITY, -1])("%s is refused", (value) => {
    // From untyped code.
    expect(() => Reflect.apply(milliseconds, undefined, [value])).toThrow(DurationError);
  });

  it("of a fraction of a second is refused where the wire has whole ones", () => {
    expect(milliseconds("1.5s")).toBe(1500);
    expect(() => wholeSeconds("1.5s")).toThrow("a duration of whole seconds");
  });
});

describe("a number of the command line", () => {
  it.each(["1e3", "0x10", " 5", "5 ", "5abc", "-1", "+5", "", "1.5", "99999999999", "Infinity", "0b1", "٥"])(
    "%j is refused",
    (text) => {
      expect(() => positiveInteger(text)).toThrow("Expected a whole number from 1 to 2147483647");
      expect(() => wholeNumber(text)).toThrow("Expected a whole number");
    },
  );

  it("in digits is taken", () => {
    expect([positiveInteger("1"), positiveInteger("2147483647"), wholeNumber("0")]).toEqual([1, 2147483647, 0]);
  });

  it.each(["127.0.0.1:65536", "127.0.0.1:99999", "127.0.0.1:0x1", "127.0.0.1:", ":1", "host"])(
    "%s is no address",
    (text) => expect(() => address(text)).toThrow("Expected HOST:PORT"),
  );
});
