import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytes, datetime, type Json, json, list, map } from "#runtime/activation/parameter/kinds.js";
import { object, record } from "#runtime/activation/parameter/record.js";
import { codeOf, messageOf } from "#runtime/base/errors.js";

interface Values {
  at: Date;
  blob: Uint8Array;
  any: Json;
  dates: readonly Date[];
  byName: Record<string, { at: Date }>;
}

const values = record<Values, Values>({
  at: datetime(),
  blob: bytes({ maxLength: 4 }),
  any: json(),
  dates: list(datetime()),
  byName: map(object<{ at: Date }, { at: Date }>({ at: datetime() })),
});

/** As a test runner's code has them: nothing of it is an instance of what this file knows. */
function foreign(code: string): Values {
  return runInNewContext(`(${code})`);
}

const FOREIGN = `{
  at: new Date(5), blob: new Uint8Array([1, 2]), any: { a: [1, { b: null }] }, dates: [new Date(6)],
  byName: { x: { at: new Date(7) } },
}`;

it("values of another realm are sent as those of this one", async () => {
  const sent = values.write("a.b", foreign(FOREIGN));
  expect(await values.read("a.b", { bytes: sent, compressed: false })).toEqual({
    at: new Date(5),
    blob: new Uint8Array([1, 2]),
    any: { a: [1, { b: null }] },
    dates: [new Date(6)],
    byName: { x: { at: new Date(7) } },
  });
});

it.each([
  ["at: new Date(NaN)", "at: expected datetime, got an invalid date"],
  ["blob: new Uint8Array(5)", "blob: expected bytes of length 0 to 4, got bytes(5)"],
  ["at: 5", "at: expected datetime, got 5"],
])("a wrong value of another realm, %s, is refused as one of this realm is", (part, message) => {
  expect(() => values.write("a.b", foreign(`{ ...${FOREIGN}, ${part} }`))).toThrow(message);
});

it("an error of another realm keeps its message and code", () => {
  const error: unknown = runInNewContext('Object.assign(new Error("no such file"), { code: "ENOENT" })');
  expect(messageOf(error)).toBe("no such file");
  expect(codeOf(error)).toBe("ENOENT");
});

describe("an invalid json value", () => {
  const one = record<{ v: Json }, { v: Json }>({ v: json() });
  class Money {}
  const cases: [string, unknown, string][] = [
    ["NaN deep inside", { a: [0, { b: Number.NaN }] }, "v.a.1.b: expected json, whose numbers are finite, got NaN"],
    ["undefined in a list", [1, undefined], "v.1: expected json, got nothing"],
    ["a function", { f: () => {} }, "v.f: expected json, got function"],
    ["a class's object", { m: new Money() }, "v.m: expected json, whose objects are plain, got {}"],
    ["a map", { m: new Map() }, "v.m: expected json, whose objects are plain, got {}"],
    ["another realm's map", { m: runInNewContext("new Map()") }, "v.m: expected json, whose objects are plain"],
    ["a date", { d: new Date(0) }, "v.d: expected json, whose objects are plain, got 1970-01-01T00:00:00.000Z"],
    ["a small bigint", { n: 5n }, "v.n: expected json, where a bigint is beyond ±(2^53 - 1), got 5n"],
    ["a bigint of 65 bits", [2n ** 64n], "v.0: expected json, where a bigint has 64 bits, got 18446744073709551616n"],
    [
      "half a surrogate pair",
      { s: ["\ud800"] },
      "v.s.0: expected a value that a worker can decode, got a string with a lone surrogate",
    ],
  ];
  it.each(cases)("is refused with its path: %s", (_, value, message) => {
    expect(() => Reflect.apply(one.write, undefined, ["a.b", { v: value }])).toThrow(`a.b: ${message}`);
  });
});

it("JSON of older producers keeps 64-bit integers, and has no key twice", async () => {
  const ids = record<{ id: bigint; any: Json }, { id: bigint; any: Json }>({ id: z.bigint(), any: json() });
  const read = (text: string) => ids.read("a.b", { bytes: new Uint8Array(0), compressed: false, json: text });
  expect(await read('{"args":[],"kwargs":{"id":1234567890123456789,"any":[9007199254740993]}}')).toEqual({
    id: 1234567890123456789n,
    any: [9007199254740993n],
  });
  await expect(read('{"args":[],"kwargs":{"id":1,"any":1,"id":2}}')).rejects.toThrow(
    "kwargs.id: expected each key once",
  );
});

it.each(["a", "abcde", "ab=c", "a b=", "YR==", "YWI=\n", "YW-_"])(
  "%j is refused as base64, because bytes of it would be lost",
  (text) => {
    const one = record<{ b: Uint8Array }, { b: Uint8Array }>({ b: bytes() });
    expect(() => one.fromJson("a.b", { b: text })).toThrow("b: expected bytes");
  },
);

it("base64 is read with and without its padding", () => {
  const one = record<{ b: Uint8Array }, { b: Uint8Array }>({ b: bytes() });
  for (const text of ["YQ==", "YQ"]) expect(one.fromJson("a.b", { b: text }).b).toEqual(new Uint8Array([97]));
});
