import { Decoder, Encoder, ExtData } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Extension, readMsgpack } from "#runtime/activation/arguments/read-msgpack.js";

const encoder = new Encoder({ useBigInt64: true });
const decoder = new Decoder({ useBigInt64: true });

/** As the reader of values returns integers: bigints only beyond the safe ones. */
function narrowed(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(narrowed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, narrowed(each)]));
}

describe("msgpack that people look at", () => {
  it("is read as the decoder of workers reads it", () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(
          null,
          true,
          false,
          0,
          -1,
          127,
          128,
          -32,
          -33,
          65_535,
          65_536,
          2 ** 32,
          -(2 ** 31) - 1,
          2n ** 63n,
        ),
        fc.double(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(tie("tree"), { maxLength: 20 }),
        fc.dictionary(
          fc.string({ maxLength: 10 }).filter((key) => key !== "__proto__"),
          tie("tree"),
          { maxKeys: 20 },
        ),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encoder.encode(value);
        expect(narrowed(readMsgpack(bytes))).toEqual(narrowed(decoder.decode(bytes)));
      }),
    );
    for (const size of [31, 32, 255, 256, 65_535, 65_536]) {
      for (const value of ["x".repeat(size), new Uint8Array(size), Array(size).fill(1)]) {
        expect(narrowed(readMsgpack(encoder.encode(value)))).toEqual(value);
      }
    }
  });

  it("shows what workers refuse: extension types, keys of any kind, __proto__, strings that are not UTF-8", () => {
    expect(readMsgpack(encoder.encode(new ExtData(-1, new Uint8Array(4))))).toEqual(
      new Extension(-1, new Uint8Array(4)),
    );
    for (const size of [1, 2, 3, 8, 16, 300, 70_000]) {
      expect(readMsgpack(encoder.encode(new ExtData(5, new Uint8Array(size))))).toEqual(
        new Extension(5, new Uint8Array(size)),
      );
    }
    const map = Uint8Array.of(0x84, 0x07, 1, 0xc0, 2, 0xc4, 1, 0xff, 3, 0x90, 4);
    expect(Object.entries(readMsgpack(map) ?? {})).toEqual([
      ["7", 1],
      ["null", 2],
      ["0xff", 3],
      ["[a map or list]", 4],
    ]);
    const proto = readMsgpack(Buffer.concat([Buffer.of(0x81, 0xa9), Buffer.from("__proto__"), Buffer.of(5)]));
    expect([Object.keys(proto ?? {}), Object.getPrototypeOf(proto)]).toEqual([["__proto__"], null]);
    expect(readMsgpack(Uint8Array.of(0xa2, 0xff, 0xfe))).toEqual(Uint8Array.of(0xff, 0xfe));
  });

  it("that is cut, endless, deep or followed by more is refused without taking memory for it", () => {
    expect(() => readMsgpack(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))).toThrow("announce more values");
    expect(() => readMsgpack(Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff))).toThrow("announce more values");
    expect(() => readMsgpack(Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff))).toThrow("end too early");
    expect(() => readMsgpack(Uint8Array.of(0xcf, 1))).toThrow("end too early");
    expect(() => readMsgpack(new Uint8Array(0))).toThrow("end too early");
    expect(() => readMsgpack(Uint8Array.of(1, 2))).toThrow("1 bytes follow the end");
    expect(() => readMsgpack(Uint8Array.of(0xc1))).toThrow("the byte c1");
    expect(() => readMsgpack(new Uint8Array(10_000).fill(0x91))).toThrow("nested deeper than 512");
    const many = new Uint8Array(2_000_010);
    many.set([0xdd, 0, 0x1e, 0x84, 0x85]);
    expect(() => readMsgpack(many)).toThrow("more than 2000000 values");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readMsgpack(bytes);
        } catch (error) {
          expect(String(error)).toMatch(/the parameters|follow the end/);
        }
      }),
    );
  });
});
