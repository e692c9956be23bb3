import { afterEach, describe, expect, it } from "vitest";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { ParameterError } from "#runtime/activation/errors.js";
import { bytes } from "#runtime/activation/parameter/kinds.js";
import { record } from "#runtime/activation/parameter/record.js";
import { LARGEST_RAW_BYTES, rawActivation, rawId } from "#runtime/activation/raw.js";
import type { DelayOptions, TaskSpec } from "#runtime/activation/task.js";
import { OptionError } from "#runtime/base/option-error.js";
import { close } from "#runtime/client/connect.js";
import { OversizedError } from "#runtime/client/errors.js";
import { task } from "#runtime/client/task.js";
import { LARGEST_ACTIVATION_BYTES } from "#runtime/wire/limits.js";
import { connectTo, environment, RecordingLog } from "./support.js";

afterEach(close);

interface Envelope {
  envelope: Uint8Array;
}

const spec: TaskSpec<Envelope, Envelope> = {
  key: "ingest.take",
  name: "sentry.ingest.take",
  namespace: "ingest",
  application: "sentry",
  hash: "0",
  processingDeadline: 30_000,
  expires: 60_000,
  raw: true,
  parameters: () => record<Envelope, Envelope>({ envelope: bytes({ maxLength: 20 * 1024 * 1024 }) }),
  environments: () => ({ [environment.name]: environment }),
};

async function setup() {
  const log = new RecordingLog();
  await connectTo(log);
  return { log, take: task(spec) };
}

describe("the client of a raw task", () => {
  it("appends the bytes as they are, with the caller's headers, and knows the activation's id", async () => {
    const { log, take } = await setup();
    const envelope = Uint8Array.of(1, 2, 3);
    const { id } = await take.delay({ envelope }, { headers: { trace: "t" } });
    expect(log.appends).toEqual([{ topic: "kafka-rest", records: [{ value: envelope, headers: { trace: "t" } }] }]);
    expect(id).toBe(rawId({ topic: "kafka-rest", partition: 0, offset: 0 }));
    const ids = await take.delayMany([{ envelope }, { envelope: new Uint8Array(0) }]);
    expect(ids).toEqual([0, 1].map((offset) => rawId({ topic: "kafka-rest", partition: 0, offset })));
    expect(log.appends[1]?.records).toEqual([{ value: envelope }, { value: new Uint8Array(0) }]);
  });

  it.each<[DelayOptions, string]>([
    [{ countdown: "5m" }, "ingest.take: options.countdown: the records of a raw task carry its bytes and headers only"],
    [{ expires: "5m" }, "ingest.take: options.expires: "],
    [{ id: "mine" }, "ingest.take: options.id: "],
    [{ headers: { "taskwire-root": "x" } }, 'the name "taskwire-root" is taskwire\'s own'],
    [{ headers: { big: "x".repeat(65_536) } }, "options.headers: expected at most 65536 bytes in all, got 65547"],
  ])("refuses the options %j, which its record cannot carry", async (options, text) => {
    const { log, take } = await setup();
    const input = { envelope: Uint8Array.of(1) };
    for (const call of [take.delay(input, options), take.delayMany([input], options)]) {
      await expect(call).rejects.toThrow(OptionError);
      await expect(call).rejects.toThrow(text);
    }
    expect(log.appends).toEqual([]);
  });

  it("refuses what is no bytes, and bytes whose activation would be too large", async () => {
    const { log, take } = await setup();
    await expect(take.delay(JSON.parse('{"envelope":"text"}'))).rejects.toThrow(ParameterError);
    const envelope = new Uint8Array(LARGEST_RAW_BYTES + 1);
    await expect(take.delay({ envelope })).rejects.toThrow(OversizedError);
    await expect(take.delayMany([{ envelope: Uint8Array.of(1) }, { envelope }])).rejects.toThrow(OversizedError);
    expect(log.appends).toEqual([]);
  });
});

describe("the activation of a raw record", () => {
  it("has room beside the largest bytes for the longest names and headers", () => {
    const name = "n".repeat(250);
    const facts = { ...spec, name, namespace: name, application: name };
    const headers = { h: "h".repeat(65_000) };
    const record = { value: new Uint8Array(LARGEST_RAW_BYTES), headers };
    const encoded = encodeActivation(rawActivation(facts, rawId({ topic: name, partition: 1, offset: 2 }), record, 5));
    expect(encoded.length).toBeLessThanOrEqual(LARGEST_ACTIVATION_BYTES);
  });

  it("has an id of 32 hex digits that its position determines", () => {
    const at = { topic: "t", partition: 1, offset: 23 };
    expect(rawId(at)).toMatch(/^[0-9a-f]{32}$/);
    expect(rawId(at)).toBe(rawId({ ...at }));
    const others = [
      { ...at, topic: "u" },
      { ...at, partition: 12, offset: 3 },
      { ...at, offset: 24 },
    ];
    expect(new Set([at, ...others].map(rawId)).size).toBe(4);
  });
});
