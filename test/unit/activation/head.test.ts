import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import { decodeHead, encodeActivation } from "#runtime/activation/codec.js";
import { UndecodableError } from "#runtime/activation/errors.js";
import { readHead } from "#runtime/activation/head.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const seconds = fc.option(fc.nat(), { nil: undefined });

const activation: fc.Arbitrary<Activation> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 40 }),
  namespace: text,
  task: fc.string({ minLength: 1, maxLength: 40 }),
  application: text,
  headers: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => new Map(entries)),
  receivedAt: fc.nat({ max: 2 ** 42 }),
  parameters: fc.uint8Array({ maxLength: 200 }),
  retry: fc.record({
    attempts: fc.nat(),
    maxAttempts: fc.nat(),
    onExceeded: fc.constantFrom("discard" as const, "deadletter" as const),
    atMostOnce: fc.boolean(),
    delay: seconds,
  }),
  deadline: fc.nat(),
  expires: seconds,
  delay: seconds,
});

describe("the head reader of activations", () => {
  it("reads the same as the decoder", () => {
    fc.assert(
      fc.property(activation, (value) => {
        const bytes = encodeActivation(value);
        const { parameters: _, ...head } = value;
        expect(readHead(bytes)).toEqual(head);
        expect(readHead(bytes)).toEqual(decodeHead(bytes));
      }),
    );
  });

  it("skips fields it does not know", () => {
    const bytes = encodeActivation(fc.sample(activation, 1)[0] ?? raise());
    const unknown = Uint8Array.of(0xf8, 0x07, 0x2a, 0xf2, 0x07, 0x02, 0x01, 0x02);
    expect(readHead(Buffer.concat([bytes, unknown]))).toEqual(readHead(bytes));
  });

  it("clamps 64-bit extremes to the largest safe integer", () => {
    const wide = 2n ** 64n - 1n;
    const bytes = TaskActivation.encode({
      id: "a",
      namespace: "n",
      taskname: "t",
      parameters: "",
      headers: new Map(),
      receivedAt: { seconds: 2n ** 63n - 1n, nanos: 0 },
      retryState: { attempts: 2 ** 32 - 1, maxAttempts: 0, onAttemptsExceeded: 77 as 0, delayOnRetry: wide },
      processingDeadlineDuration: wide,
      expires: wide,
      delay: wide,
      parametersBytes: new Uint8Array(0),
    }).finish();
    const head = readHead(bytes);
    expect(head).toEqual(decodeHead(bytes));
    expect(head).toMatchObject({
      deadline: Number.MAX_SAFE_INTEGER,
      expires: Number.MAX_SAFE_INTEGER,
      delay: Number.MAX_SAFE_INTEGER,
    });
    expect(head.retry).toMatchObject({ attempts: 2 ** 32 - 1, onExceeded: "discard", delay: Number.MAX_SAFE_INTEGER });
  });

  it.each([
    ["random bytes", Uint8Array.of(0xff, 0xff, 0xff)],
    ["no bytes", new Uint8Array(0)],
    ["a text that ends too early", Uint8Array.of(0x0a, 0x05, 0x61)],
    ["parameters that end too early", Uint8Array.of(0x0a, 0x01, 0x61, 0x1a, 0x01, 0x62, 0x6a, 0x7f)],
    ["an id that is not UTF-8", Uint8Array.of(0x0a, 0x02, 0xc3, 0x28, 0x1a, 0x01, 0x62)],
    ["no taskname", Uint8Array.of(0x0a, 0x01, 0x61)],
  ])("refuses %s", (_name, bytes) => {
    expect(() => readHead(bytes)).toThrow(UndecodableError);
  });

  it("never throws anything else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readHead(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function raise(): never {
  throw new Error("nothing was drawn");
}
