import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import { LATEST_MS, LONGEST_NAME_BYTES, LONGEST_SECONDS, MOST_ATTEMPTS } from "#runtime/activation/encoding/bounds.js";
import { decodeActivation, decodeHead, encodeActivation } from "#runtime/activation/encoding/codec.js";
import { type BoundedField, readActivation, readHead } from "#runtime/activation/encoding/head.js";
import { UndecodableError } from "#runtime/activation/errors.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const seconds = fc.option(fc.nat({ max: LONGEST_SECONDS }), { nil: undefined });

const activation: fc.Arbitrary<Activation> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 40 }),
  namespace: text,
  task: fc.string({ minLength: 1, maxLength: 40 }),
  application: text,
  headers: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => new Map(entries)),
  receivedAt: fc.nat({ max: 2 ** 42 }),
  parameters: fc.uint8Array({ maxLength: 200 }),
  retry: fc.record({
    attempts: fc.nat({ max: MOST_ATTEMPTS }),
    maxAttempts: fc.nat({ max: MOST_ATTEMPTS }),
    onExceeded: fc.constantFrom("discard" as const, "deadletter" as const),
    atMostOnce: fc.boolean(),
    delay: seconds,
  }),
  deadline: fc.nat({ max: LONGEST_SECONDS }),
  expires: seconds,
  delay: seconds,
});

describe("the head reader of activations", () => {
  it("reads the same as the decoder", () => {
    fc.assert(
      fc.property(activation, (value) => {
        const bytes = encodeActivation(value);
        const { parameters: _, ...head } = value;
        expect(readHead(bytes)).toEqual({ ...head, clamped: [] });
        expect(readHead(bytes)).toEqual({ ...decodeHead(bytes), clamped: [] });
      }),
    );
  });

  it("reads whole activations as the decoder does, one after the other, whatever names the one before had", () => {
    fc.assert(
      fc.property(activation, text, (value, json) => {
        for (const bytes of [
          encodeActivation(value),
          TaskActivation.encode({
            ...TaskActivation.decode(encodeActivation(value)),
            parametersBytes: new Uint8Array(0),
            parameters: json,
          }).finish(),
        ]) {
          const { parameters, ...read } = readActivation(bytes);
          const { parameters: expected, ...decoded } = decodeActivation(bytes);
          expect(read).toEqual(decoded);
          expect([...parameters]).toEqual([...expected]);
        }
      }),
    );
  });

  it("leaves limits to the broker when it reads whole activations", () => {
    const long = "x".repeat(LONGEST_NAME_BYTES + 1);
    const bytes = bytesOf({ id: long, namespace: long, taskname: long, application: long });
    expect(readActivation(bytes)).toEqual(decodeActivation(bytes));
  });

  it("refuses bytes of whole activations that are cut anywhere but between fields", () => {
    const bytes = encodeActivation(fc.sample(activation, 1)[0] ?? raise());
    for (let end = 1; end < bytes.length; end += 1) {
      const outcomes = [decodeActivation, readActivation].map((read) => {
        try {
          return read(bytes.subarray(0, end));
        } catch (error) {
          return error instanceof UndecodableError;
        }
      });
      expect(outcomes[1]).toEqual(outcomes[0]);
    }
  });

  it("skips fields it does not know", () => {
    const bytes = encodeActivation(fc.sample(activation, 1)[0] ?? raise());
    const unknown = Uint8Array.of(0xf8, 0x07, 0x2a, 0xf2, 0x07, 0x02, 0x01, 0x02);
    expect(readHead(Buffer.concat([bytes, unknown]))).toEqual(readHead(bytes));
  });

  const WIDE = 2n ** 64n - 1n;
  const plain: TaskActivation = {
    id: "a",
    namespace: "n",
    taskname: "t",
    parameters: "",
    headers: new Map(),
    receivedAt: { seconds: 1n, nanos: 0 },
    retryState: { attempts: 1, maxAttempts: 2, onAttemptsExceeded: 2, delayOnRetry: 3n },
    processingDeadlineDuration: 4n,
    expires: 5n,
    delay: 6n,
    parametersBytes: new Uint8Array(0),
  };
  const bytesOf = (change: Partial<TaskActivation>) => TaskActivation.encode({ ...plain, ...change }).finish();

  it("clamps the extremes of every number to what no timer, date or column overflows by, and says which", () => {
    const bytes = bytesOf({
      receivedAt: { seconds: 2n ** 63n - 1n, nanos: 0 },
      retryState: { attempts: 2 ** 32 - 1, maxAttempts: 2 ** 32 - 1, onAttemptsExceeded: 77 as 0, delayOnRetry: WIDE },
      processingDeadlineDuration: WIDE,
      expires: WIDE,
      delay: WIDE,
    });
    const head = readHead(bytes);
    const every: BoundedField[] = [
      "received_at",
      "attempts",
      "max_attempts",
      "delay_on_retry",
      "on_attempts_exceeded",
      "processing_deadline_duration",
      "expires",
      "delay",
    ];
    expect(head).toEqual({ ...decodeHead(bytes), clamped: every });
    expect(head).toMatchObject({
      receivedAt: LATEST_MS,
      deadline: LONGEST_SECONDS,
      expires: LONGEST_SECONDS,
      delay: LONGEST_SECONDS,
      retry: { attempts: MOST_ATTEMPTS, maxAttempts: MOST_ATTEMPTS, onExceeded: "discard", delay: LONGEST_SECONDS },
    });
    expect(new Date(head.receivedAt).getUTCFullYear()).toBe(9999);
    expect(readHead(bytesOf({})).clamped).toEqual([]);
  });

  it.each<[string, Partial<TaskActivation>, BoundedField]>([
    ["a receive time before 1970", { receivedAt: { seconds: -(2n ** 63n), nanos: 0 } }, "received_at"],
    ["nanoseconds below zero", { receivedAt: { seconds: 1n, nanos: -5 } }, "received_at"],
    ["a deadline of 2^64 - 1", { processingDeadlineDuration: WIDE }, "processing_deadline_duration"],
    ["an expiry one second beyond ten years", { expires: BigInt(LONGEST_SECONDS) + 1n }, "expires"],
    ["a delay of 2^53", { delay: 2n ** 53n }, "delay"],
  ])("clamps %s alone", (_name, change, field) => {
    const head = readHead(bytesOf(change));
    expect(head.clamped).toEqual([field]);
    expect(head.receivedAt).toBeGreaterThanOrEqual(0);
  });

  it("clamps 64-bit values in 32-bit fields, of which a 32-bit reader would leave anything", () => {
    const wide = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    const two32 = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10);
    const state = Buffer.concat([Uint8Array.of(0x08), two32, Uint8Array.of(0x10), wide, Uint8Array.of(0x20), wide]);
    const bytes = Buffer.concat([bytesOf({ retryState: undefined }), Uint8Array.of(0x3a, state.length), state]);
    expect(readHead(bytes)).toMatchObject({
      retry: { attempts: MOST_ATTEMPTS, maxAttempts: MOST_ATTEMPTS, atMostOnce: true },
      clamped: ["attempts", "max_attempts"],
    });
  });

  it("names a field once, however often it comes", () => {
    const again = Buffer.alloc(3000, Buffer.from([0x48, ...new Array(9).fill(0xff), 0x01]));
    expect(readHead(Buffer.concat([bytesOf({}), again.subarray(0, 2992)])).clamped).toEqual(["expires"]);
  });

  it.each<[string, Partial<TaskActivation>, string]>([
    ["an id", { id: "x".repeat(200_000) }, 'the id is 200000 bytes long, at most 1024 are allowed: "xxxx'],
    ["a namespace", { namespace: "é".repeat(513) }, "the namespace is 1026 bytes long"],
    ["a taskname", { taskname: "t".repeat(1025) }, "the taskname is 1025 bytes long"],
    ["an application", { application: "a".repeat(1025) }, "the application is 1025 bytes long"],
    ["a header", { headers: new Map([["k", "v".repeat(70_000)]]) }, "the headers are more than 69632 bytes"],
    [
      "very many headers",
      { headers: new Map(Array.from({ length: 7000 }, (_, n) => [`key-${n}`, "v"])) },
      "the headers are more than 69632 bytes",
    ],
  ])("refuses %s beyond the greatest length, in a short message", (_name, change, text) => {
    const refused = () => readHead(bytesOf(change));
    expect(refused).toThrow(UndecodableError);
    expect(refused).toThrow(text);
    expect(refused).toThrow(/^.{0,200}$/s);
  });

  it("takes names of the greatest length", () => {
    const id = "x".repeat(LONGEST_NAME_BYTES);
    expect(readHead(bytesOf({ id, application: id })).id).toBe(id);
  });

  it.each([
    ["random bytes", Uint8Array.of(0xff, 0xff, 0xff)],
    ["no bytes", new Uint8Array(0)],
    ["a text that ends too early", Uint8Array.of(0x0a, 0x05, 0x61)],
    ["parameters that end too early", Uint8Array.of(0x0a, 0x01, 0x61, 0x1a, 0x01, 0x62, 0x6a, 0x7f)],
    ["an id that is not UTF-8", Uint8Array.of(0x0a, 0x02, 0xc3, 0x28, 0x1a, 0x01, 0x62)],
    [
      "parameters of older producers that are not UTF-8",
      Uint8Array.of(0x0a, 1, 0x61, 0x1a, 1, 0x62, 0x22, 2, 0xc3, 0x28),
    ],
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
