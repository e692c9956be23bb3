import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ParameterError } from "#runtime/activation/errors.js";
import { bigint, bytes, datetime, type Json, json, map, uuid } from "#runtime/activation/parameter/kinds.js";
import { object, record } from "#runtime/activation/parameter/record.js";
import { scanMsgpack } from "#runtime/activation/parameter/scan.js";
import type { Parameters } from "#runtime/activation/parameters.js";

interface Volume {
  project_id: number;
  note?: string | undefined;
}

interface All {
  id: number;
  wide: bigint;
  share: number;
  name: string;
  on: boolean;
  blob: Uint8Array;
  at: Date;
  key: string;
  any: Json;
  level: "info" | "error";
  rows: Volume[];
  byName: Record<string, number>;
  maybe?: string | null | undefined;
}

const all = record<All, All>({
  id: z.int(),
  wide: bigint(),
  share: z.number(),
  name: z.string().max(10),
  on: z.boolean(),
  blob: bytes({ maxLength: 4 }),
  at: datetime(),
  key: uuid(),
  any: json(),
  level: z.enum(["info", "error"]),
  rows: z.array(object<Volume, Volume>({ project_id: z.int(), note: z.string().optional() })),
  byName: map(z.number()),
  maybe: z.string().nullable().optional(),
});

const example: All = {
  id: 7,
  wide: 2n ** 63n,
  share: 0.5,
  name: "x",
  on: true,
  blob: Uint8Array.of(1, 2),
  at: new Date("2026-01-02T03:04:05.678Z"),
  key: "123e4567-e89b-12d3-a456-426614174000",
  any: { deep: [1, null, "two", { three: 3 }] },
  level: "info",
  rows: [{ project_id: 2 ** 40 }],
  byName: { a: 1, b: 2.5 },
};

const wire = (value: unknown) => ({ bytes: encode(value, { useBigInt64: true }), compressed: false });
const read = <P>(parameters: Parameters<P, P>, kwargs: object, args: unknown[] = []) =>
  parameters.read("ns.task", wire({ args, kwargs }));

async function message(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ParameterError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the parameter codec", () => {
  it("returns what was written, for every declared type", async () => {
    expect(await all.read("ns.task", { bytes: all.write("ns.task", example), compressed: false })).toEqual(example);
  });

  it("writes { args, kwargs } with no extension types, dates as text and absent fields left out", () => {
    const { rows, at, ...rest } = example;
    void rows;
    const call = decode(all.write("ns.task", { ...rest, at, rows: [], maybe: undefined }), { useBigInt64: true });
    expect(call).toMatchObject({ args: [], kwargs: { at: "2026-01-02T03:04:05.678Z", level: "info" } });
    expect(Object.keys((call as { kwargs: object }).kwargs)).not.toContain("maybe");
  });

  it("keeps every safe integer an integer on the wire, and exact", async () => {
    const one = record<{ n: number }, { n: number }>({ n: z.int() });
    const edges = [
      0,
      1,
      -1,
      127,
      128,
      255,
      256,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 40,
      Number.MAX_SAFE_INTEGER,
    ];
    for (const n of edges.flatMap((edge) => [edge, -edge])) {
      const written = one.write("ns.task", { n });
      // 0xcb and 0xca are floats.
      expect([...written.subarray(-9)].includes(0xcb) && written.length > 25, `${n} as float`).toBe(false);
      expect(await one.read("ns.task", { bytes: written, compressed: false })).toEqual({ n: n === 0 ? 0 : n });
    }
  });

  it("keeps 64-bit integers exact", () => {
    const one = record<{ n: bigint }, { n: bigint }>({ n: bigint() });
    return fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), async (n) => {
        expect(await one.read("ns.task", { bytes: one.write("ns.task", { n }), compressed: false })).toEqual({ n });
      }),
    );
  });

  it("carries any JSON value", () => {
    const one = record<{ v: Json }, { v: Json }>({ v: json() });
    return fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const v = JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto"));
        expect(await one.read("ns.task", { bytes: one.write("ns.task", { v }), compressed: false })).toEqual({ v });
      }),
    );
  });

  it("is strict towards a producer: names the task, the field, the expectation and what was found", async () => {
    const issue = record<{ organization_id: number; group_id: number }, { organization_id: number; group_id: number }>({
      organization_id: z.int(),
      group_id: z.int(),
    });
    const wrong = JSON.parse('{"organization_id": 1, "group_id": "7", "issue_id": 3}');
    expect(await message(() => issue.write("issues.deliver_issue_webhook", wrong))).toBe(
      'issues.deliver_issue_webhook: group_id: expected int, got "7"; issue_id: expected a known name (organization_id, group_id), got 3',
    );
    expect(await message(() => issue.write("a.b", JSON.parse('{"organization_id": 1.5, "group_id": 1e300}')))).toBe(
      "a.b: organization_id: expected int, got 1.5; group_id: expected int of at most 9007199254740991, got 1e+300",
    );
    expect(await message(() => issue.write("a.b", JSON.parse('{"organization_id": 1}')))).toBe(
      "a.b: group_id: expected int, got nothing",
    );
  });

  it("names bounds, enums and nested places", async () => {
    const wrong = {
      ...example,
      level: "loud",
      name: "much too long",
      blob: new Uint8Array(5),
      rows: [{ project_id: "x" }],
    };
    const text = await message(() => all.write("a.b", wrong as unknown as All));
    expect(text).toContain('name: expected string of a length of at most 10, got "much too long"');
    expect(text).toContain('level: expected one of "info", "error", got "loud"');
    expect(text).toContain('rows.0.project_id: expected int, got "x"');
    expect(text).toContain("blob: expected bytes of length 0 to 4, got bytes(5)");
  });

  it("is tolerant towards the wire: drops unknown keys, takes nil for absent, integral floats and positional arguments", async () => {
    const some = record<{ a: number; b?: string | undefined }, { a: number; b?: string | undefined }>({
      a: z.int(),
      b: z.string().optional(),
    });
    expect(await read(some, { a: 1, b: null, later: true })).toEqual({ a: 1 });
    expect(await read(some, { b: "x" }, [5])).toEqual({ a: 5, b: "x" });
    expect(await message(() => read(some, { a: 1 }, [5]))).toBe(
      "ns.task: a: expected one value, got both a positional and a named one",
    );
    expect(await message(() => read(some, {}, [1, "x", 3]))).toBe(
      "ns.task: expected at most 2 positional arguments (a, b), got 3",
    );
    const share = record<{ share: number }, { share: number }>({ share: z.number() });
    expect(await read(share, { share: 2 ** 40 })).toEqual({ share: 2 ** 40 });
  });

  it("takes integers of any size as keys of maps, by their digits, and no other kind but text", async () => {
    const sizes = record<{ by: Record<string, number> }, { by: Record<string, number> }>({ by: map(z.number()) });
    // 0x81: a map of one pair; the key's own bytes; the value 2.
    const keyed = (...key: number[]) => ({
      bytes: Uint8Array.of(
        ...encode({ args: [] }).with(0, 0x82),
        0xa6,
        ...Buffer.from("kwargs"),
        0x81,
        0xa2,
        0x62,
        0x79,
        0x81,
        ...key,
        2,
      ),
      compressed: false,
    });
    const reading = async (...key: number[]) => (await sizes.read("ns.task", keyed(...key))).by;
    expect(await reading(7)).toEqual({ 7: 2 });
    expect(await reading(0xff)).toEqual({ "-1": 2 });
    expect(await reading(0xcf, 0, 0, 1, 0, 0, 0, 0, 0)).toEqual({ 1099511627776: 2 });
    expect(await reading(0xcf, 255, 255, 255, 255, 255, 255, 255, 255)).toEqual({ "18446744073709551615": 2 });
    for (const key of [[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], [0xc3], [0xc0], [0x90]])
      expect(await message(() => reading(...key))).toContain("a map key is neither a string nor an integer");
  });

  it("applies defaults and reads the JSON of older producers", async () => {
    const some = record<{ a: number; b: string }, { a: number; b?: string | undefined }>({
      a: z.int(),
      b: z.string().default(() => "x"),
    });
    expect(await some.read("ns.task", { bytes: some.write("ns.task", { a: 1 }), compressed: false })).toEqual({
      a: 1,
      b: "x",
    });
    expect(
      await some.read("ns.task", {
        bytes: new Uint8Array(0),
        compressed: false,
        json: '{"args":[1],"kwargs":{"b":"y"}}',
      }),
    ).toEqual({ a: 1, b: "y" });
  });

  it.each([
    ["no map", encode([1, 2])],
    ["args that are no list", encode({ args: {}, kwargs: {} })],
    ["no msgpack", Uint8Array.of(0xc1)],
    ["an extension type", Uint8Array.of(0xd4, 0x01, 0x02)],
    ["an array of four billion elements", Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
    [
      "nested arrays that announce more than there is",
      Uint8Array.from({ length: 72_000 }, (_, index) => [0xdc, 0xff, 0xff][index % 3] ?? 0),
    ],
    ["a million levels", new Uint8Array(1_000_000).fill(0x91)],
    ["bytes behind the end", Uint8Array.of(0x80, 0x80)],
    ["a map of four billion entries", Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
    [
      "nine million empty lists",
      Buffer.concat([Uint8Array.of(0xdd, 0, 0x89, 0x54, 0x40), new Uint8Array(9_000_000).fill(0x90)]),
    ],
    ["a text that is not UTF-8", Uint8Array.of(0xa2, 0xc3, 0x28)],
    ["half of a surrogate pair", Uint8Array.of(0xa3, 0xed, 0xa0, 0x80)],
    [
      "a long text that is not UTF-8",
      Buffer.concat([Uint8Array.of(0xd9, 200), new Uint8Array(199).fill(0x61), Uint8Array.of(0xff)]),
    ],
    ["the key __proto__", encode({ args: [], kwargs: JSON.parse('{"__proto__": {"polluted": 1}}') })],
  ])("refuses %s as bad parameters", async (_name, bytes) => {
    const some = record<{ a?: number | undefined }, { a?: number | undefined }>({ a: z.int().optional() });
    expect(await message(() => some.read("ns.task", { bytes, compressed: false }))).toContain("ns.task: expected");
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it.each([
    ["lists 20,000 deep", `{"args":[],"kwargs":{"v":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`],
    ["maps 20,000 deep", `{"args":[],"kwargs":{"v":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}}`],
    ["lists that never close", "[".repeat(5_000_000)],
    ["very many values", `[${"0,".repeat(2_000_001)}0]`],
    ["no JSON", "{"],
    ["no map", "[1, 2]"],
    ["args that are no list", '{"args":{"length":1},"kwargs":{}}'],
    ["kwargs that are no map", '{"args":[],"kwargs":[]}'],
    ["a number beyond all", '{"args":[],"kwargs":{"v":1e999}}'],
  ])("refuses JSON of older producers with %s as bad parameters", async (_name, json_) => {
    const one = record<{ v: Json }, { v: Json }>({ v: json() });
    const text = await message(() => one.read("ns.task", { bytes: new Uint8Array(0), compressed: false, json: json_ }));
    expect(text).toContain("ns.task: ");
    expect(text.length).toBeLessThan(1000);
  });

  it("takes brackets and commas within the strings of such JSON for what they are", async () => {
    const one = record<{ v: string }, { v: string }>({ v: z.string() });
    const v = `${"[{".repeat(2000)}\\"${",:".repeat(2000)}`;
    const json_ = JSON.stringify({ args: [], kwargs: { v } });
    expect(await one.read("ns.task", { bytes: new Uint8Array(0), compressed: false, json: json_ })).toEqual({ v });
  });

  it("takes what is just not too deep and too much, in both forms", async () => {
    const one = record<{ v: Json }, { v: Json }>({ v: json() });
    const deep: Json = JSON.parse(`${"[".repeat(490)}${"]".repeat(490)}`);
    expect(await one.read("ns.task", { bytes: one.write("ns.task", { v: deep }), compressed: false })).toEqual({
      v: deep,
    });
    const wide = record<{ v: number[] }, { v: number[] }>({ v: z.array(z.int()) });
    const v = new Array<number>(1_900_000).fill(1);
    expect((await wide.read("ns.task", { bytes: wide.write("ns.task", { v }), compressed: false })).v.length).toBe(
      v.length,
    );
    expect(() => wide.write("ns.task", { v: new Array<number>(2_000_000).fill(1) })).toThrow(
      "ns.task: expected parameters that a worker can decode, got it holds more than 2000000 values",
    );
  });

  it("accepts everything the encoder writes when scanning", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(scanMsgpack(encode(value))).toBeUndefined();
      }),
    );
  });

  it("refuses dates that RFC 3339 cannot say", async () => {
    const one = record<{ at: Date }, { at: Date }>({ at: datetime() });
    expect(await message(() => one.write("ns.task", { at: new Date(8.64e15) }))).toContain("at: expected datetime");
  });

  it("reads what JSON can say: bigint as number or text, bytes as base64, dates as ISO 8601", () => {
    const said = { ...example, wide: "9223372036854775808", blob: "AQI=", at: "2026-01-02T03:04:05.678Z" };
    expect(all.fromJson("ns.task", said)).toEqual(example);
    expect(() => all.fromJson("ns.task", { ...said, blob: "?" })).toThrow("blob: expected bytes");
  });
});
