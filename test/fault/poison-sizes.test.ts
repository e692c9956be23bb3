import { randomBytes } from "node:crypto";
import { OversizedError } from "taskwire";
import { describe, expect, it } from "vitest";
import { LARGEST_TAKEN_BYTES } from "#runtime/activation/encoding/bounds.js";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { LARGEST_RAW_BYTES } from "#runtime/activation/raw.js";
import { LARGEST_ACTIVATION_BYTES } from "#runtime/wire/limits.js";
import { runs, sha256 } from "../integration/fixtures/blob-handlers.js";
import { blobHarness } from "../integration/fixtures/blob-harness.js";
import { blobs, raw } from "../integration/fixtures/blobs.js";
import { activation, append, readTopic } from "../support/records.js";
import { until } from "../support/waiting.js";

const MIB = 1024 * 1024;
/** Incompressible. */
const data = (mib: number) => randomBytes(Math.round(mib * MIB));

const harness = blobHarness();

const ended = (count: number) =>
  until(async () => {
    const { ended } = await harness.processes.status();
    return Object.values(ended).reduce((sum, each) => sum + each, 0) >= count && ended;
  });

/** An encoded activation of exactly that size. */
function sized(bytes: number): Uint8Array {
  // One time for both: the bytes of a time depend on its milliseconds.
  const facts = { namespace: "blobs", task: "test.keep_blob", receivedAt: Date.now() };
  const padded = (length: number) => encodeActivation(activation({ ...facts, parameters: randomBytes(length) }));
  const encoded = padded(bytes - 1000);
  return padded(bytes - 1000 + (bytes - encoded.length));
}

describe("large payloads", () => {
  it("of 4.1 and 9.9 MiB go from .delay() to the handler, each kind of task, with a retry in between", async () => {
    await harness.processes.broker();
    await harness.processes.worker("--concurrency", "2", "--children", "1");
    const large = [data(4.1), data(9.9)];
    for (const bytes of large) {
      await blobs.keep.delay({ bytes });
      await raw.take.delay({ bytes });
    }
    const failing = Buffer.concat([Buffer.from("fail1"), data(9.9)]);
    await blobs.keep.delay({ bytes: failing });
    expect(await ended(6)).toMatchObject({ completed: 5, retried: 1, deadlettered: 0 });
    const expected = [...large, ...large, failing, failing].map(sha256).sort();
    expect(
      runs(harness.processes.data)
        .map(({ sha256 }) => sha256)
        .sort(),
    ).toEqual(expected);
  });

  it("of 10.1 and 20 MiB are refused by .delay(), and nothing is appended", async () => {
    for (const bytes of [data(10.1), data(20)]) {
      for (const call of [blobs.keep.delay({ bytes }), raw.take.delay({ bytes }), blobs.keep.delayMany([{ bytes }])]) {
        await expect(call).rejects.toThrow(OversizedError);
        await expect(call).rejects.toThrow(/expected an encoded activation of at most \d+ bytes, got \d+/);
      }
    }
    await harness.processes.broker();
    expect(
      (await harness.processes.status()).topics.map(({ position, lag }) => position + (lag ?? Number.NaN)),
    ).toEqual([0, 0, 0]);
  });

  it("of 10.1 and 20 MiB that are in the log all the same become references in the dead letters", async () => {
    const oversized = [sized(10.1 * MIB), sized(20 * MIB), sized(LARGEST_TAKEN_BYTES + 1)];
    const plain = [data(10.1), data(LARGEST_RAW_BYTES / MIB + 0.001)];
    const [first] = await append(
      harness.processes,
      "work",
      oversized.map((value) => ({ value })),
    );
    await append(
      harness.processes,
      "envelopes",
      plain.map((value) => ({ value })),
    );
    const broker = await harness.processes.broker();
    await harness.processes.worker("--concurrency", "2", "--children", "1");
    await blobs.keep.delay({ bytes: data(1) });
    expect(await ended(6)).toMatchObject({ completed: 1, deadlettered: 5, discarded: 0 });
    const deadLetters = await readTopic(harness.processes, "lost", 5);
    for (const value of [...oversized, plain[0] ?? raise()]) {
      const deadLetter = deadLetters.find(({ headers }) => headers?.["taskwire-sha256"] === sha256(value));
      expect(deadLetter?.value).toHaveLength(0);
      expect(deadLetter?.headers).toMatchObject({
        "taskwire-reason": "oversized",
        "taskwire-size": String(value.length),
        "taskwire-error": expect.stringContaining(`${value.length} bytes; at most `),
        "taskwire-partition": "0",
      });
    }
    const offsets = deadLetters.filter(({ headers }) => headers?.["taskwire-topic"] === "work");
    expect(offsets.map(({ headers }) => Number(headers?.["taskwire-offset"])).sort((a, b) => a - b)).toEqual(
      oversized.map((_, index) => (first?.offset ?? 0) + index),
    );
    // One that is only too large for the activation it would become is no larger than others: its bytes are kept.
    const kept = deadLetters.find(({ value }) => value.length > 0);
    expect(kept?.headers?.["taskwire-reason"]).toBe("oversized");
    expect(Buffer.from(plain[1] ?? []).equals(kept?.value ?? Buffer.alloc(0))).toBe(true);
    expect(broker.child.exitCode).toBe(null);
  });

  it("of exactly the largest size run, and so do their retries, which are larger by a header", async () => {
    await harness.processes.broker();
    await harness.processes.worker("--concurrency", "1", "--children", "1");
    const prefix = Buffer.from("fail2");
    const probe = async (size: number) => blobs.keep.delay({ bytes: Buffer.concat([prefix, randomBytes(size)]) });
    for (let sent = false; !sent; ) {
      // What an activation of this task has beside its bytes. Its time takes a byte more or less from call to call.
      const refusal = String(await probe(LARGEST_ACTIVATION_BYTES).catch((error: unknown) => error));
      const beside = Number(/got (\d+)/.exec(refusal)?.[1] ?? raise()) - LARGEST_ACTIVATION_BYTES;
      sent = await probe(LARGEST_ACTIVATION_BYTES - beside).then(
        () => true,
        (error) => (error instanceof OversizedError ? false : Promise.reject(error)),
      );
    }
    expect(await ended(3)).toMatchObject({ completed: 1, retried: 2, deadlettered: 0 });
  });
});

function raise(): never {
  throw new Error("there is none");
}
