import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { LATEST_MS, LONGEST_SECONDS, MOST_ATTEMPTS } from "#runtime/activation/encoding/bounds.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { encodeActivation } from "#runtime/activation/encoding/encode.js";
import { RetryTaskError } from "#runtime/activation/errors.js";
import { datetime, type Json, json } from "#runtime/activation/parameter/kinds.js";
import { record } from "#runtime/activation/parameter/record.js";
import { unknownKeysDropped } from "#runtime/activation/parameter/unknown-keys.js";
import { nextRun } from "#runtime/activation/retry.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";

const text = fc.string({ unit: "grapheme", maxLength: 90 });
const wide = fc.oneof(fc.nat(300), fc.nat({ max: LONGEST_SECONDS }));
const runs = fc.nat({ max: MOST_ATTEMPTS });
const optional = fc.option(wide, { nil: undefined });

const activation = fc.record({
  id: text.filter((id) => id !== ""),
  namespace: text,
  task: text.filter((task) => task !== ""),
  application: text,
  headers: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => new Map(entries)),
  receivedAt: fc.integer({ min: 0, max: LATEST_MS }),
  parameters: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  retry: fc.record({
    attempts: runs,
    maxAttempts: runs,
    onExceeded: fc.constantFrom("discard" as const, "deadletter" as const),
    atMostOnce: fc.boolean(),
    delay: optional,
  }),
  deadline: wide,
  expires: optional,
  delay: optional,
});

describe("the hand-written encoder", () => {
  it("writes the bytes of the generated one", () => {
    fc.assert(
      fc.property(activation, (value) => {
        const bytes = encodeActivation(value);
        expect(Buffer.from(TaskActivation.encode(TaskActivation.decode(bytes)).finish())).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("returns what was written, JSON of older producers included", () => {
    fc.assert(
      fc.property(activation, (value) => {
        expect(decodeActivation(encodeActivation(value))).toEqual(value);
      }),
    );
    const legacy = { ...example(), parameters: new Uint8Array(0), legacyParameters: '{"args":[1],"kwargs":{}}' };
    expect(decodeActivation(encodeActivation(legacy))).toEqual(legacy);
  });
});

describe("the next run", () => {
  it("keeps the JSON of older producers, and fields that this version does not know", () => {
    const legacy = { ...example(), parameters: new Uint8Array(0), legacyParameters: '{"args":[1],"kwargs":{}}' };
    const unknown = Uint8Array.of(0xf8, 0x07, 0x2a);
    const { bytes } = nextRun(Buffer.concat([encodeActivation(legacy), unknown]), { now: 5 });
    expect(decodeActivation(bytes).legacyParameters).toBe(legacy.legacyParameters);
    expect(Buffer.from(bytes).includes(Buffer.from(unknown))).toBe(true);
  });

  it("stays readable when the attempts are used up to the last number", () => {
    const most = { ...example(), retry: { ...example().retry, attempts: 2 ** 32 - 1 } };
    const next = nextRun(encodeActivation(most), { now: 5 }).bytes;
    expect(TaskActivation.decode(next).retryState?.attempts).toBe(2 ** 32 - 1);
    expect(decodeActivation(next).retry.attempts).toBe(MOST_ATTEMPTS);
  });

  it("is delayed by ten years at most, also when more is requested", () => {
    const wide = { ...example(), retry: { ...example().retry, delay: Number.MAX_SAFE_INTEGER } };
    for (const change of [{}, { delay: Number.MAX_SAFE_INTEGER }]) {
      const { bytes } = nextRun(encodeActivation(wide), { now: 5, ...change });
      expect(TaskActivation.decode(bytes).delay).toBe(BigInt(LONGEST_SECONDS));
    }
  });

  it("refuses a delay that the wire cannot carry where it is asked for", () => {
    expect(() => new RetryTaskError("later", { delay: 1.5 })).toThrow("whole seconds");
  });
});

describe("parameters", () => {
  it("refuses a time without its offset, which would depend on the machine", async () => {
    const one = record<{ at: Date }, { at: Date }>({ at: datetime() });
    expect(() => one.fromJson("a.b", { at: "2026-01-02T03:04:05" })).toThrow('got "2026-01-02T03:04:05"');
    expect(one.fromJson("a.b", { at: "2026-01-02T03:04:05.678901+02:00" }).at.toISOString()).toBe(
      "2026-01-02T01:04:05.678Z",
    );
  });

  it("refuses at the caller what no worker could read", () => {
    const one = record<{ v: Json }, { v: Json }>({ v: json() });
    expect(() => one.write("a.b", { v: JSON.parse('{"a":{"__proto__":1}}') })).toThrow(
      "a.b: v.a: expected json without the key __proto__",
    );
    expect(() => one.write("a.b", { v: "half \ud83d" })).toThrow(
      "a.b: v: expected a value that a worker can decode, got a string with a lone surrogate",
    );
  });

  it("counts the keys it drops, nested ones included", async () => {
    const newer = record<{ a: number; b: number }, { a: number; b: number }>({ a: z.int(), b: z.int() });
    const older = record<{ a: number }, { a: number }>({ a: z.int() });
    const before = unknownKeysDropped();
    const bytes = newer.write("a.b", { a: 1, b: 2 });
    expect(await older.read("a.b", { bytes, compressed: false })).toEqual({ a: 1 });
    expect(unknownKeysDropped()).toBe(before + 1);
  });
});

function example() {
  const [value] = fc.sample(activation, { numRuns: 1, seed: 7 });
  if (value === undefined) throw new Error("nothing was drawn");
  return value;
}
