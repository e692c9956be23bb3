import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { KafkaHarness, StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";

const ONCE = { ...NO_RETRY_STATE, atMostOnce: true };
const ids = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);
const deadLettered = { ...NO_RETRY_STATE, onExceeded: "deadletter" as const };

describe.skipIf(NO_KAFKA !== undefined)(`brokers on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  test("hand activations out, settle them, and store their positions", async () => {
    await using harness = await KafkaHarness.make(server, "settled");
    const sent = ids("a", 100);
    await harness.send(...sent.map((id) => ({ id })));
    const worker = await StubWorker.at(await harness.broker("one"), "w");
    await until(async () => worker.taken.length === 100);
    expect([...worker.taken].sort()).toEqual([...sent].sort());
    await until(async () => (await harness.committed()) === 100);
  });

  test("hand out an at-most-once activation when its position is stored, and not again by the next broker", async () => {
    await using harness = await KafkaHarness.make(server, "once");
    await harness.send({ id: "before" }, { id: "o1", task: "things.once", retry: ONCE }, { id: "behind" });
    const broker = await harness.broker("one");
    const worker = await StubWorker.at(broker, "w", { completes: false });
    await until(async () => worker.taken.length === 3);
    expect([...worker.taken].sort()).toEqual(["before", "behind", "o1"]);
    expect(await harness.committed()).toBeGreaterThanOrEqual(2);
    await worker.settle();
    await harness.stop("one");
    const second = await StubWorker.at(await harness.broker("two"), "w2");
    await harness.send({ id: "last" });
    await until(async () => second.taken.includes("last"));
    expect(second.taken).toEqual(["last"]);
  });

  test("report a missing dead-letter topic at the start, with the command that creates it, and work continues", async () => {
    await server.create({ lone: 1 });
    await using harness = new KafkaHarness(server, "lone", 1);
    await harness.send({ id: "a" });
    const worker = await StubWorker.at(await harness.broker("one"), "w");
    expect(harness.said).toContainEqual(
      expect.stringMatching(
        /topics are missing; such records will wait .*\\"lone-dlq\\" does not exist .*topics --env saas --create/,
      ),
    );
    await until(async () => worker.taken.length === 1);
  });

  test("send a failure to the dead-letter topic, and a retry back to the topic under its next id", async () => {
    await using harness = await KafkaHarness.make(server, "dead");
    await harness.send({ id: "bad", retry: deadLettered });
    const worker = await StubWorker.at(await harness.broker("one"), "w", { completes: false });
    await until(async () => worker.taken.length === 1);
    await worker.settle("failure");
    const [deadLetter] = await harness.deadLetters(1);
    expect([
      deadLetter?.key,
      deadLetter?.headers?.["taskwire-id"],
      deadLetter?.headers?.["taskwire-reason"],
      deadLetter?.headers?.["taskwire-topic"],
    ]).toEqual(["dead/0/0", "bad", "error", "dead"]);
  });

  test("leave untouched work to the others when they are stopped, and nothing runs twice", async () => {
    await using harness = await KafkaHarness.make(server, "stopped", 4);
    const sent = ids("a", 400);
    for (let from = 0; from < 400; from += 10) await harness.send(...sent.slice(from, from + 10).map((id) => ({ id })));
    const one = await harness.broker("one");
    const first = await StubWorker.at(one, "w1", { credit: 150 });
    await until(async () => first.taken.length === 150);
    await harness.stop("one");
    const second = await StubWorker.at(await harness.broker("two"), "w2");
    await until(async () => second.taken.length >= 250);
    expect([...first.taken, ...second.taken].sort()).toEqual([...sent].sort());
  });

  test("share the partitions of their pool: everything runs once while they join and leave in order", async () => {
    await using harness = await KafkaHarness.make(server, "shared", 4);
    const sent = ids("a", 2000);
    const sending = (async () => {
      for (let from = 0; from < 2000; from += 10) {
        await harness.send(...sent.slice(from, from + 10).map((id) => ({ id })));
      }
    })();
    const workers = [await StubWorker.at(await harness.broker("one"), "w1")];
    const total = () => workers.reduce((sum, { taken }) => sum + taken.length, 0);
    await until(async () => total() > 200);
    workers.push(await StubWorker.at(await harness.broker("two"), "w2"));
    await until(async () => (workers[1]?.taken.length ?? 0) > 0 || total() === 2000);
    await sending;
    await harness.send(...ids("late", 40).map((id) => ({ id })));
    await until(async () => total() >= 2000);
    await harness.stop("one");
    await harness.send({ id: "last" });
    await until(async () => total() >= 2041);
    const taken = workers.flatMap((worker) => worker.taken);
    expect(taken.sort()).toEqual([...sent, ...ids("late", 40), "last"].sort());
  });
});
