import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeWire } from "#runtime/activation/encoding/codec.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { activationBytes, append, readTopic } from "../support/records.js";
import { until } from "../support/waiting.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
const GOOD = 1000;

let harness: ProcessHarness;

beforeEach(() => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
});

afterEach(() => harness[Symbol.asyncDispose]());

/** The generated form of an activation, changed and encoded: it writes what our own encoder refuses to. */
function wire(n: number, change: Partial<TaskActivation> = {}): Uint8Array {
  return TaskActivation.encode({ ...decodeWire(activationBytes({ n })), ...change }).finish();
}

/** Tag and value of a field that holds 2^64 - 1. */
function widest(tag: number): Uint8Array {
  return Uint8Array.of(tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
}

function within(tag: number, inner: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, inner.length), inner]);
}

const WIDE = 2n ** 64n - 1n;
const notUtf8 = Uint8Array.of(0xc3, 0x28);
const msgpack = (value: unknown) => ({ parametersBytes: encode(value) });
const alive = ({ child }: Running) => child.exitCode === null && child.signalCode === null;

/** Records that end as dead letters, with the reason. */
const POISONS: readonly (readonly [name: string, reason: string, value: Uint8Array])[] = [
  ["an activation cut off in the middle", "undecodable", wire(0).subarray(0, 60)],
  ["random bytes", "undecodable", Buffer.concat([Uint8Array.of(0xff), randomBytes(300)])],
  ["a tombstone", "undecodable", new Uint8Array(0)],
  ["an id that is not UTF-8", "undecodable", Buffer.concat([within(0x0a, notUtf8), within(0x1a, Buffer.from("t"))])],
  ["a header that is not UTF-8", "undecodable", Buffer.concat([wire(0), within(0x2a, within(0x12, notUtf8))])],
  ["an empty id", "undecodable", wire(0, { id: "" })],
  ["no taskname", "undecodable", wire(0, { taskname: "" })],
  ["an id of 200 KB", "undecodable", wire(0, { id: "i".repeat(200_000) })],
  ["a namespace of 2 KB", "undecodable", wire(0, { namespace: "n".repeat(2048) })],
  ["100 KB of headers", "undecodable", wire(0, { headers: new Map([["h", "v".repeat(100_000)]]) })],
  ["parameters that are no msgpack", "bad_parameters", wire(0, { parametersBytes: Uint8Array.of(0xc1, 0xc1) })],
  ["parameters that are a list", "bad_parameters", wire(0, msgpack([1, 2]))],
  ["parameters without args and kwargs", "bad_parameters", wire(0, msgpack({ n: 1 }))],
  ["args that are a map", "bad_parameters", wire(0, msgpack({ args: {}, kwargs: {} }))],
  [
    "a text that is not UTF-8",
    "bad_parameters",
    wire(0, {
      parametersBytes: Buffer.concat([
        encode({ args: [], kwargs: {} }).subarray(0, -1),
        Uint8Array.of(0x81, 0xa2, ...notUtf8, 0x01),
      ]),
    }),
  ],
  ["the zstd flag on plain bytes", "bad_parameters", wire(0, { headers: new Map([["compression-type", "zstd"]]) })],
  [
    "JSON parameters 20,000 deep",
    "bad_parameters",
    wire(0, { parametersBytes: new Uint8Array(0), parameters: "[".repeat(20_000) }),
  ],
];

/** Records with extreme numbers: clamped, counted, and run like others. */
const EXTREMES: readonly (readonly [name: string, value: (n: number) => Uint8Array])[] = [
  ["a deadline", (n) => wire(n, { processingDeadlineDuration: WIDE })],
  ["an expiry", (n) => wire(n, { expires: WIDE })],
  [
    "a retry delay",
    (n) => wire(n, { retryState: { attempts: 0, maxAttempts: 3, onAttemptsExceeded: 1, delayOnRetry: WIDE } }),
  ],
  ["attempts", (n) => Buffer.concat([wire(n, { retryState: undefined }), within(0x3a, widest(0x08))])],
  ["most attempts", (n) => Buffer.concat([wire(n, { retryState: undefined }), within(0x3a, widest(0x10))])],
  [
    "what happens when they are exceeded",
    (n) => Buffer.concat([wire(n, { retryState: undefined }), within(0x3a, widest(0x18))]),
  ],
  [
    "an unknown value of it",
    (n) => wire(n, { retryState: { attempts: 0, maxAttempts: 1, onAttemptsExceeded: 77 as 0 } }),
  ],
  ["a receive time far ahead", (n) => wire(n, { receivedAt: { seconds: 2n ** 63n - 1n, nanos: 2 ** 31 - 1 } })],
  ["a receive time far back", (n) => wire(n, { receivedAt: { seconds: -(2n ** 63n), nanos: -(2 ** 31) } })],
  [
    "all that is not a delay",
    (n) =>
      wire(n, {
        receivedAt: { seconds: 2n ** 63n - 1n, nanos: 0 },
        processingDeadlineDuration: WIDE,
        expires: WIDE,
        retryState: { attempts: 2 ** 32 - 1, maxAttempts: 2 ** 32 - 1, onAttemptsExceeded: 9 as 0, delayOnRetry: WIDE },
      }),
  ],
];

describe("records that are no proper activations, among 1,000 that are", () => {
  it("end as dead letters with their reason, extremes are clamped and counted, and nothing else notices", async () => {
    const twin = "t".repeat(32);
    const records: Uint8Array[] = [];
    const good = (n: number) => records.push(activationBytes({ n }));
    const bad = [
      ...POISONS.map(([, , value]) => value),
      ...EXTREMES.map(([, value], index) => value(GOOD + index)),
      wire(GOOD + EXTREMES.length, { id: twin }),
      wire(GOOD + EXTREMES.length, { id: twin }),
      wire(-1, { delay: WIDE }),
    ];
    const every = Math.floor(GOOD / bad.length);
    for (let n = 0; n < GOOD; n += 1) {
      good(n);
      const value = n % every === 0 ? bad[n / every] : undefined;
      if (value !== undefined) records.push(value);
    }
    expect(records).toHaveLength(GOOD + bad.length);
    const positions = await append(
      harness,
      "work",
      records.map((value) => ({ value })),
    );
    const offsetOf = (value: Uint8Array) => positions[records.indexOf(value)]?.offset;

    const broker = await harness.broker();
    await until(async () => (await harness.status()).topics.every(({ lag }) => lag === 0));
    const worker = await harness.worker("--concurrency", "8", "--children", "1");
    const ran = GOOD + EXTREMES.length + 1;
    const ended = await until(async () => {
      const { ended } = await harness.status();
      return (ended.completed ?? 0) + (ended.deadlettered ?? 0) >= ran + POISONS.length && ended;
    });

    expect(ended).toMatchObject({ completed: ran, deadlettered: POISONS.length, discarded: 0, expired: 0, retried: 0 });
    const { counts, clamped, dropped } = await harness.status();
    // Only the one that is to start in ten years is left.
    expect(counts).toEqual({ pending: 0, delayed: 1, processing: 0, retry: 0, failure: 0, parked: 0 });
    expect(clamped).toBe(EXTREMES.length + 1);
    expect(dropped).toMatchObject({ duplicate: 1 });
    const starts = history(harness.data).filter(({ what }) => what === "start");
    expect(starts.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: ran }, (_, n) => n));
    expect(new Set(starts.map(({ pid }) => pid)).size).toBe(1);
    expect([alive(broker), alive(worker)]).toEqual([true, true]);

    const deadLetters = await readTopic(harness, "work-dlq", POISONS.length);
    expect(deadLetters).toHaveLength(POISONS.length);
    for (const [name, reason, value] of POISONS) {
      const deadLetter = deadLetters.find(({ headers }) => headers?.["taskwire-offset"] === String(offsetOf(value)));
      expect(deadLetter?.headers?.["taskwire-reason"], name).toBe(reason);
      expect(Buffer.from(value).equals(deadLetter?.value ?? Buffer.from("none")), name).toBe(true);
      expect(Buffer.byteLength(deadLetter?.headers?.["taskwire-error"] ?? ""), name).toBeLessThanOrEqual(4096);
    }
    const long = deadLetters.find(({ value }) => value.length > 200_000);
    expect(long?.headers?.["taskwire-error"]).toMatch(
      /^the id is 200000 bytes long, at most 1024 are allowed: "i{40}"…$/,
    );
  });

  it("do not keep a broker from starting again: what is clamped stays clamped", async () => {
    await append(harness, "work", [
      { value: wire(1, { delay: WIDE }) },
      { value: wire(2, { delay: WIDE, expires: WIDE, processingDeadlineDuration: WIDE }) },
      { value: wire(3, { expires: WIDE }) },
    ]);
    for (const round of [1, 2]) {
      const broker = await harness.broker();
      await until(async () => {
        const { counts, topics } = await harness.status();
        return topics.length === 1 && topics.every(({ lag }) => lag === 0) && counts.delayed === 2;
      });
      if (round === 1) await broker.kill();
    }
    await harness.worker();
    await until(async () => (await harness.status()).ended.completed === 1);
    expect((await harness.status()).counts).toMatchObject({ delayed: 2, pending: 0 });
  });

  it("stay within bounds in each run of their chain", async () => {
    await harness.broker();
    await harness.worker();
    const state = { attempts: 0, maxAttempts: 9, onAttemptsExceeded: 1 as const, delayOnRetry: WIDE };
    const value = wire(1, { taskname: "things.doomed", retryState: state });
    await append(harness, "work", [{ value }]);
    await until(async () => (await harness.status()).ended.retried === 1);
    await until(async () => (await harness.status()).ended.discarded === 1);
    expect((await harness.status()).clamped).toBe(2);
  });
});
