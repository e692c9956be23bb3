import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { BrokerHarness } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";
import { accept, PushWorker } from "../support/wire/push-worker.js";

const COMPLETE = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;
const ONCE = { ...NO_RETRY_STATE, maxAttempts: 1, atMostOnce: true, onExceeded: "deadletter" } as const;
const ANSWER_MS = 10_000;
const LONGEST_REST_MS = 20_000;

/** A pool that pushes to these; one processing attempt: a push that cost one would end the activation. */
const pushingTo = (...workers: readonly PushWorker[]) =>
  BrokerHarness.start({
    maxProcessingAttempts: 1,
    push: [{ application: "app", addresses: workers.map(({ address }) => address) }],
  });

const counts = async (harness: BrokerHarness) => (await harness.status()).counts;
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const takenIds = (...workers: readonly PushWorker[]) => workers.flatMap(({ taken }) => taken.map(({ id }) => id));

describe("a worker that is pushed to", () => {
  it("and accepts has the activation until it reports, in batches, over ConsumerService", async () => {
    await using worker = await PushWorker.start();
    await using harness = await pushingTo(worker);
    const sent = ids("a", 100);
    await harness.send(...sent.map((id) => ({ id })), { id: "other", application: "other" });
    await until(() => worker.taken.length === 100);
    expect(takenIds(worker)).toEqual(sent);
    expect(await counts(harness)).toMatchObject({ pending: 1, processing: 100 });
    await harness.client().setBatchActivationStatus(sent.map((id) => ({ id, status: COMPLETE })));
    expect((await harness.status()).ended.completed).toBe(100);
  });

  it("gets a shorter deadline in the bytes when the pool's is shorter", async () => {
    await using worker = await PushWorker.start();
    await using harness = await BrokerHarness.start({
      maxProcessingDeadline: 7000,
      push: [{ application: "app", addresses: [worker.address] }],
    });
    await harness.send({ id: "a", deadline: 600 });
    await until(() => worker.taken.length === 1);
    expect(worker.taken[0]?.processingDeadlineDuration).toBe(7n);
  });

  it("and refuses costs nothing: everything is pending, and is delivered once when it is healed", async () => {
    await using worker = await PushWorker.start();
    worker.take = (answer) => answer({ code: status.RESOURCE_EXHAUSTED, details: "worker busy" });
    await using harness = await pushingTo(worker);
    const sent = [...ids("a", 20), ...ids("once", 5)];
    await harness.send(...ids("a", 20).map((id) => ({ id })), ...ids("once", 5).map((id) => ({ id, retry: ONCE })));
    // Time passes in steps that are short against the time that an answer may take.
    const passing = (count: number) =>
      until(() => {
        harness.clock.skip(200);
        return worker.taken.length >= count;
      });
    await passing(6);
    await until(async () => (await counts(harness)).pending === 25);
    // One after each rest, and always the first: what is returned keeps its place.
    expect(new Set(takenIds(worker))).toEqual(new Set(["a0"]));
    worker.taken.splice(0);
    worker.take = accept;
    await passing(1);
    await until(() => worker.taken.length === 25);
    expect(takenIds(worker)).toEqual(sent);
    await harness.client().setBatchActivationStatus(sent.map((id) => ({ id, status: COMPLETE })));
    expect((await harness.status()).ended).toMatchObject({ completed: 25, deadlettered: 0 });
  });

  it("and hangs costs at-least-once work nothing; at-most-once work ends as failure, for nobody knows", async () => {
    await using worker = await PushWorker.start();
    worker.take = () => {};
    await using harness = await pushingTo(worker);
    await harness.send({ id: "once", retry: ONCE }, { id: "a" });
    await until(() => worker.taken.length === 1);
    harness.clock.skip(ANSWER_MS);
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter).toMatchObject({ headers: { "taskwire-id": "once", "taskwire-reason": "worker_lost" } });
    harness.clock.skip(LONGEST_REST_MS);
    await until(() => worker.taken.length === 2);
    harness.clock.skip(ANSWER_MS);
    await until(async () => (await counts(harness)).pending === 1);
    worker.take = accept;
    harness.clock.skip(LONGEST_REST_MS);
    await until(() => worker.taken.length === 3);
    await until(async () => (await counts(harness)).processing === 1);
    expect(takenIds(worker)).toEqual(["once", "a", "a"]);
    await harness.client().setTaskStatus({ id: "a", status: COMPLETE });
    expect((await harness.status()).ended).toMatchObject({ completed: 1, deadlettered: 1 });
  });

  it("and reports nothing loses it at the deadline", async () => {
    await using worker = await PushWorker.start();
    await using harness = await pushingTo(worker);
    await harness.send({ id: "a", deadline: 5, retry: { ...NO_RETRY_STATE, onExceeded: "deadletter" } });
    await until(async () => (await counts(harness)).processing === 1 && worker.taken.length === 1);
    harness.clock.skip(5000 + 3000);
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "processing_attempts_exceeded" });
  });
});

describe("several workers that are pushed to", () => {
  it("share the work; one that goes is left out, and gets its share when it is back", async () => {
    await using one = await PushWorker.start();
    await using two = await PushWorker.start();
    await using absent = await PushWorker.absent();
    await using harness = await pushingTo(one, two, absent);
    const client = harness.client();
    const round = async (name: string, count: number) => {
      const sent = ids(name, count);
      await harness.send(...sent.map((id) => ({ id })));
      await until(async () => (await counts(harness)).processing === count);
      await client.setBatchActivationStatus(sent.map((id) => ({ id, status: COMPLETE })));
      return sent;
    };
    // Until both are connected.
    for (let warm = 0; one.taken.length === 0 || two.taken.length === 0; warm += 1) await round(`warm${warm}-`, 2);
    one.taken.splice(0);
    two.taken.splice(0);
    const first = await round("first", 60);
    expect(takenIds(one, two).sort()).toEqual([...first].sort());
    expect(Math.min(one.taken.length, two.taken.length)).toBeGreaterThan(10);

    two.stop();
    const second = await round("second", 20);
    expect(takenIds(one).filter((id) => id.startsWith("second"))).toEqual(second);

    await two.start();
    two.taken.splice(0);
    for (let again = 0; two.taken.length === 0; again += 1) await round(`again${again}-`, 10);
    expect((await harness.status()).ended).toMatchObject({ deadlettered: 0, discarded: 0 });
  });
});

describe("a broker that stops in order", () => {
  it("releases what was not accepted, and keeps what was accepted until it is reported", async () => {
    await using worker = await PushWorker.start();
    await using harness = await pushingTo(worker);
    await harness.send({ id: "a" });
    await until(async () => (await counts(harness)).processing === 1 && worker.taken.length === 1);
    const answers: (() => void)[] = [];
    worker.take = (answer) => answers.push(() => answer({ code: status.RESOURCE_EXHAUSTED, details: "worker busy" }));
    await harness.send({ id: "b" }, { id: "c" });
    await until(() => answers.length > 0);
    const stopped = harness.stop();
    for (const answer of answers) answer();
    await stopped;
    worker.take = accept;
    await harness.start();
    await until(async () => (await counts(harness)).processing === 3);
    expect(worker.taken.filter(({ id }) => id === "a")).toHaveLength(1);
    await harness.client().setBatchActivationStatus(["a", "b", "c"].map((id) => ({ id, status: COMPLETE })));
    expect((await harness.status()).ended).toMatchObject({ completed: 3 });
  });
});
