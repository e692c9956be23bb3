import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clampDeadline } from "#runtime/activation/encoding/clamp.js";
import { readHead } from "#runtime/activation/encoding/head.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";

function encoded(seconds: bigint, more: Partial<TaskActivation> = {}): Uint8Array {
  return TaskActivation.encode({
    id: "a",
    namespace: "n",
    taskname: "t",
    parameters: "",
    headers: new Map([["k", "v"]]),
    receivedAt: { seconds: 7n, nanos: 5 },
    retryState: undefined,
    processingDeadlineDuration: seconds,
    expires: 2n ** 64n - 1n,
    parametersBytes: Uint8Array.of(1, 2, 3),
    ...more,
  }).finish();
}

/** Field 8 as a varint, written by hand. */
const field = (...varint: number[]) => Uint8Array.of(0x40, ...varint);
const LARGEST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

describe("the clamp of the processing deadline", () => {
  it("leaves every other field as it is, and the bytes themselves when the deadline is short enough", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.uint8Array({ maxLength: 300 }),
        (seconds, longest, parametersBytes) => {
          const bytes = encoded(seconds, { parametersBytes });
          const clamped = clampDeadline(bytes, longest * 1000);
          const effective = seconds === 0n ? 30n : seconds;
          if (effective <= BigInt(longest)) expect(clamped).toBe(bytes);
          else {
            const { processingDeadlineDuration, ...rest } = TaskActivation.decode(clamped);
            const { processingDeadlineDuration: _, ...before } = TaskActivation.decode(bytes);
            expect(processingDeadlineDuration).toBe(BigInt(longest));
            expect(rest).toEqual(before);
          }
        },
      ),
    );
  });

  it("rewrites the largest 64-bit deadline, and keeps fields it does not know, where they were", () => {
    const before = Uint8Array.of(0xf8, 0x07, 0x2a);
    const behind = Uint8Array.of(0xf2, 0x07, 0x02, 0x01, 0x02, 0xfd, 0x07, 1, 2, 3, 4);
    const bytes = Buffer.concat([before, encoded(0n), field(...LARGEST), behind]);
    expect(Buffer.from(clampDeadline(bytes, 3_600_000))).toEqual(
      Buffer.concat([before, encoded(0n), field(0x90, 0x1c), behind]),
    );
  });

  it("lets the last one count when the field is there more than once", () => {
    const short = Buffer.concat([encoded(0n), field(...LARGEST), field(5)]);
    expect(clampDeadline(short, 10_000)).toBe(short);
    const long = Buffer.concat([field(5), encoded(0n), field(...LARGEST)]);
    expect(readHead(clampDeadline(long, 10_000)).deadline).toBe(10);
    expect(clampDeadline(long, 10_000)).toHaveLength(long.length - 2 - 9);
  });

  it("counts a missing deadline as 30 s", () => {
    const none = encoded(0n);
    expect(clampDeadline(none, 30_000)).toBe(none);
    expect(readHead(clampDeadline(none, 20_000)).deadline).toBe(20);
  });

  it("writes whole seconds, at least one", () => {
    expect(readHead(clampDeadline(encoded(100n), 2999)).deadline).toBe(2);
    expect(readHead(clampDeadline(encoded(100n), 10)).deadline).toBe(1);
  });

  it("returns bytes that it cannot read as they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        clampDeadline(bytes, 1000);
      }),
    );
    const cut = encoded(100n).subarray(0, -1);
    expect(clampDeadline(cut, 1000)).toBe(cut);
  });
});
