import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { ROOT_HEADER } from "#runtime/activation/retry.js";
import { TaskActivation, TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { CONSUMER } from "#runtime/wire/services.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import type { ConsumerClient } from "../support/wire/consumer-client.js";

const COMPLETE = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;
const RETRY = TaskActivationStatus.TASK_ACTIVATION_STATUS_RETRY;
const FAILURE = TaskActivationStatus.TASK_ACTIVATION_STATUS_FAILURE;
const NOTHING = { code: status.NOT_FOUND, details: "No pending activations" };
const ONCE = { ...NO_RETRY_STATE, maxAttempts: 1, atMostOnce: true, onExceeded: "deadletter" } as const;
const DEADLETTER = { ...NO_RETRY_STATE, maxAttempts: 3, onExceeded: "deadletter" } as const;

let harness: BrokerHarness;
let client: ConsumerClient;

/** A GetTask that finds nothing is soon over, unless the test says otherwise. */
async function start(pool: Parameters<typeof BrokerHarness.start>[0] = {}): Promise<void> {
  harness = await BrokerHarness.start({ getTaskHold: 20, ...pool });
  client = harness.client();
}

const pending = (count: number) => until(async () => (await harness.status()).counts.pending === count);
const ended = async () => {
  const { ended } = await harness.status();
  return Object.fromEntries(Object.entries(ended).filter(([, count]) => count > 0));
};

afterEach(() => harness[Symbol.asyncDispose]());

describe("GetTask over gRPC", () => {
  beforeEach(() => start());

  it("answers tag, length and the stored bytes, in order, until there is nothing", async () => {
    // A field that nobody knows stays.
    const strange = Buffer.concat([TaskActivation.encode(activation("strange")).finish(), Buffer.of(0xf8, 0x07, 0x2a)]);
    await harness.append(strange);
    await harness.send({ id: "b" }, { id: "c" });
    await pending(3);
    const bytes = await client.getTaskBytes({ application: "app", namespace: "things" });
    expect(bytes).toEqual(Buffer.concat([Buffer.of(0x0a, strange.length), strange]));
    expect((await client.getTask({ application: "app" })).id).toBe("b");
    expect((await client.getTask()).id).toBe("c");
    await expect(client.getTask()).rejects.toMatchObject(NOTHING);
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 3 });
  });

  it("gives only what was asked for: application, namespace, and a namespace only with its application", async () => {
    await harness.send(
      { id: "a", application: "one", namespace: "n" },
      { id: "b", application: "two", namespace: "m" },
    );
    await pending(2);
    await expect(client.getTask({ namespace: "n" })).rejects.toMatchObject(NOTHING);
    await expect(client.getTask({ application: "one", namespace: "m" })).rejects.toMatchObject(NOTHING);
    expect((await client.getTask({ application: "two" })).id).toBe("b");
    expect((await client.getTask({ application: "one", namespace: "n" })).id).toBe("a");
  });

  it("answers bytes that are no request with INTERNAL, and continues", async () => {
    for (const method of Object.values(CONSUMER)) {
      await expect(client.call(method, Buffer.of(0x0a, 0x7f, 0x01))).rejects.toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining("failed to decode Protobuf message"),
      });
    }
    await harness.send({ id: "a" });
    expect((await client.getTask()).id).toBe("a");
  });

  it("hands out again what was not concluded before its deadline, at-most-once work never", async () => {
    await harness.send({ id: "a", deadline: 5 }, { id: "once", deadline: 5, retry: ONCE });
    await pending(2);
    expect((await client.getTask()).id).toBe("a");
    expect((await client.getTask()).id).toBe("once");
    harness.clock.skip(5000 + 3000);
    expect((await client.getTask()).id).toBe("a");
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "worker_lost" });
    await expect(client.getTask()).rejects.toMatchObject(NOTHING);
  });
});

describe("GetTask of a pool", () => {
  it("with a hold waits until something arrives", async () => {
    await start({ getTaskHold: 60_000 });
    const answer = client.getTask({ application: "app" });
    await harness.send({ id: "late" });
    expect((await answer).id).toBe("late");
  });

  it("that was cancelled takes nothing from the others", async () => {
    await start({ getTaskHold: 60_000 });
    const gone = new AbortController();
    const first = client.getTaskBytes({}, gone.signal).catch((error: unknown) => error);
    const second = harness.client().getTask();
    gone.abort();
    expect(await first).toMatchObject({ code: status.CANCELLED });
    await harness.send({ id: "a" });
    expect((await second).id).toBe("a");
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 1 });
  });

  it("without a hold is answered at once", async () => {
    await start({ getTaskHold: 0 });
    await expect(client.getTask()).rejects.toMatchObject(NOTHING);
  });

  it("clamps deadlines in the bytes, up to the largest 64-bit one, and leaves shorter ones alone", async () => {
    await start({ maxProcessingDeadline: 60_000 });
    const wide = TaskActivation.encode({ ...activation("wide"), processingDeadlineDuration: 2n ** 64n - 1n }).finish();
    await harness.append(wide);
    await harness.send({ id: "short", deadline: 59 });
    await pending(2);
    const { processingDeadlineDuration, ...rest } = await client.getTask();
    expect(processingDeadlineDuration).toBe(60n);
    const { processingDeadlineDuration: _, ...sent } = TaskActivation.decode(wide);
    expect(rest).toEqual(sent);
    expect((await client.getTask()).processingDeadlineDuration).toBe(59n);
  });

  it("is denied to an application that is pushed to", async () => {
    await start({ push: [{ application: "app", addresses: [] }] });
    await harness.send({ id: "a" }, { id: "b", application: "other" });
    await pending(2);
    const denied = { code: status.PERMISSION_DENIED, details: "Cannot call while broker is in PUSH mode" };
    await expect(client.getTask({ application: "app" })).rejects.toMatchObject(denied);
    await expect(client.getTask()).rejects.toMatchObject(denied);
    const other = await client.getTask({ application: "other" });
    expect(other.id).toBe("b");
    const update = { id: "b", status: COMPLETE, fetchNextTask: { application: "app" } };
    expect(await client.setTaskStatus(update)).toBeUndefined();
    expect((await harness.status()).counts).toMatchObject({ pending: 1, processing: 0 });
  });
});

describe("SetTaskStatus over gRPC", () => {
  beforeEach(() => start());

  it("settles, and gives the next one when asked, without holding when there is none", async () => {
    await harness.send({ id: "a" }, { id: "b" }, { id: "c" });
    await pending(3);
    expect((await client.getTask()).id).toBe("a");
    expect(await client.setTaskStatus({ id: "a", status: COMPLETE, fetchNextTask: {} })).toMatchObject({ id: "b" });
    expect(await client.setTaskStatus({ id: "b", status: COMPLETE })).toBeUndefined();
    const wish = { application: "app", namespace: "other" };
    expect(await client.setTaskStatus({ id: "b", status: COMPLETE, fetchNextTask: wish })).toBeUndefined();
    expect((await harness.status()).counts).toMatchObject({ pending: 1, processing: 0 });
    expect(await ended()).toEqual({ completed: 2 });
  });

  it("hands out at-most-once work as the next only when its claim is on disk: once in all, whatever happens", async () => {
    await harness.send({ id: "a" }, { id: "once", retry: ONCE });
    await pending(2);
    await client.getTask();
    expect(await client.setTaskStatus({ id: "a", status: COMPLETE, fetchNextTask: {} })).toMatchObject({ id: "once" });
    await harness.stop();
    await harness.start();
    client = harness.client();
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 1 });
    await expect(client.getTask()).rejects.toMatchObject(NOTHING);
    await client.setTaskStatus({ id: "once", status: COMPLETE });
    expect(await ended()).toEqual({ completed: 1 });
  });

  it("keeps what it answered over a restart", async () => {
    await harness.send({ id: "a" }, { id: "b" });
    await pending(2);
    await client.getTask();
    await client.getTask();
    await client.setTaskStatus({ id: "a", status: COMPLETE });
    await harness.stop();
    await harness.start();
    client = harness.client();
    // The claim on b is still good.
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 1 });
    await client.setTaskStatus({ id: "b", status: COMPLETE });
    await client.setTaskStatus({ id: "a", status: FAILURE });
    expect(await ended()).toEqual({ completed: 1 });
  });

  it("answers OK for what it does not know, what is not processing, and what is settled; none has an effect", async () => {
    await harness.send({ id: "a" }, { id: "b" });
    await pending(2);
    await client.setTaskStatus({ id: "a", status: FAILURE });
    await client.setTaskStatus({ id: "unknown", status: COMPLETE });
    await client.setTaskStatus({ id: "", status: RETRY, delayOnRetry: 2n ** 64n - 1n });
    expect((await client.getTask()).id).toBe("a");
    await client.setTaskStatus({ id: "a", status: COMPLETE });
    for (const late of [COMPLETE, RETRY, FAILURE]) await client.setTaskStatus({ id: "a", status: late });
    expect((await harness.status()).counts).toMatchObject({ pending: 1, processing: 0, retry: 0, failure: 0 });
    expect(await ended()).toEqual({ completed: 1 });
  });

  it("refuses a status that is no conclusion, with the Rust broker's words, before any effect", async () => {
    await harness.send({ id: "a" });
    await client.getTask();
    const expects = "Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got:";
    for (const [code, details] of [
      [0, `${expects} Unspecified`],
      [1, `${expects} Pending`],
      [2, `${expects} Processing`],
      [6, "Unable to deserialize status: UnknownEnumValue(6)"],
      [-1, "Unable to deserialize status: UnknownEnumValue(-1)"],
    ] as const) {
      const update = { id: "a", status: code as 0 };
      const refused = { code: status.INVALID_ARGUMENT, details };
      await expect(client.setTaskStatus({ ...update, fetchNextTask: {} })).rejects.toMatchObject(refused);
      await expect(client.setBatchActivationStatus([{ id: "a", status: COMPLETE }, update])).rejects.toMatchObject(
        refused,
      );
    }
    expect((await harness.status()).counts).toMatchObject({ processing: 1 });
    expect(await ended()).toEqual({});
  });

  it("keeps max_attempts and delay_on_retry for the next run", async () => {
    await harness.send({ id: "a", retry: { ...DEADLETTER, delay: 1 } }, { id: "b", retry: DEADLETTER });
    await pending(2);
    await client.getTask();
    await client.getTask();
    await client.setTaskStatus({ id: "a", status: RETRY, maxAttempts: 9, delayOnRetry: 40n });
    await client.setTaskStatus({ id: "b", status: RETRY, maxAttempts: 1 });
    await until(async () => (await harness.status()).counts.delayed === 1);
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter?.headers?.["taskwire-id"]).toBe("b");
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "attempts_exceeded" });
    harness.clock.skip(40_000);
    const next = await client.getTask();
    expect(next.headers.get(ROOT_HEADER)).toBe("a");
    expect(next.retryState).toMatchObject({ attempts: 1, maxAttempts: 9 });
    expect(next.delay).toBe(40n);
  });

  it("lets the policy decide what happens to a failure: here there is no reason that must be dead-lettered", async () => {
    await harness.send({ id: "a", retry: NO_RETRY_STATE }, { id: "b", retry: DEADLETTER });
    await pending(2);
    await client.getTask();
    await client.getTask();
    await client.setBatchActivationStatus([
      { id: "a", status: FAILURE },
      { id: "b", status: FAILURE },
    ]);
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    expect(await ended()).toEqual({ discarded: 1, deadlettered: 1 });
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter).toMatchObject({ headers: { "taskwire-id": "b", "taskwire-reason": "reported" } });
  });
});

describe("SetBatchActivationStatus over gRPC", () => {
  it("settles hundreds in one call; an empty one is fine", async () => {
    await start();
    const ids = Array.from({ length: 500 }, (_, index) => `b${index}`);
    await harness.send(...ids.map((id) => ({ id })));
    await pending(500);
    for (const _ of ids) await client.getTask();
    await client.setBatchActivationStatus([]);
    await client.setBatchActivationStatus(ids.map((id) => ({ id, status: COMPLETE })));
    expect(await ended()).toEqual({ completed: 500 });
    expect((await harness.status()).counts).toMatchObject({ pending: 0, processing: 0 });
  });
});

function activation(id: string): TaskActivation {
  return {
    id,
    namespace: "things",
    taskname: "things.quick",
    application: "app",
    parameters: "",
    headers: new Map([["k", "v"]]),
    receivedAt: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
    retryState: undefined,
    processingDeadlineDuration: 30n,
    parametersBytes: new Uint8Array(0),
  };
}

describe("names from outside", () => {
  const NAMES = 5000;
  const KEPT = 4096;

  it("leave the broker's memory when no work has them any more, whether they were sent or asked for", async () => {
    await start();
    await harness.send(
      ...Array.from({ length: NAMES }, (_, n) => ({ application: `a${n}`, namespace: `n${n}`, task: `t${n}` })),
    );
    // Nobody sent work of these applications.
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        expect(client.getTask({ application: `nobody ${n}` })).rejects.toMatchObject(NOTHING),
      ),
    );
    const taken: string[] = [];
    const caller = async () => {
      while (taken.length < NAMES) {
        const task = await client.getTask().catch(() => undefined);
        if (task !== undefined) taken.push(task.id);
      }
    };
    await Promise.all(Array.from({ length: 64 }, caller));
    expect((await harness.status()).taskNames).toBe(NAMES);
    await client.setBatchActivationStatus(taken.map((id) => ({ id, status: COMPLETE })));
    await until(async () => (await harness.status()).ended.completed === NAMES);
    // Looked at each second.
    harness.clock.skip(1000);
    await client.getTask().catch(() => undefined);
    const { tasks, taskNames } = await harness.status();
    expect(tasks).toEqual([]);
    expect(taskNames).toBeLessThanOrEqual(KEPT);
  }, 120_000);
});
