import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encoded } from "../support/harness/broker-harness.js";
import { KafkaHarness, StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";

describe.skipIf(NO_KAFKA !== undefined)(`transactions of others on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  /** A producer whose sends belong to transactions. */
  async function transactional(topic: string) {
    const producer = server.client().producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return {
      async begin(...ids: readonly string[]) {
        const transaction = await producer.transaction();
        const messages = ids.map((id) => ({ value: Buffer.from(encoded({ id })), partition: 0 }));
        await transaction.send({ topic, messages });
        return transaction;
      },
      [Symbol.asyncDispose]: () => producer.disconnect(),
    };
  }

  test("what was aborted is not handed out, with and without records behind it, and the position passes it", async () => {
    await using harness = await KafkaHarness.make(server, "aborted");
    await using others = await transactional("aborted");
    await harness.send({ id: "plain" });
    await (await others.begin("a1", "a2")).abort();
    await (await others.begin("c1", "c2")).commit();
    const broker = await harness.broker("one");
    const worker = await StubWorker.at(broker, "w");
    await until(() => worker.taken.length === 3);
    await (await others.begin("a3")).abort();
    await harness.send({ id: "behind" });
    await until(() => worker.taken.length === 4);
    expect(worker.taken).toEqual(["plain", "c1", "c2", "behind"]);
    // Nothing follows this one.
    await (await others.begin("a4")).abort();
    // Before it: four records taken, three aborted, the ends of two transactions and perhaps of the third, which Kafka
    // writes some time after it was notified.
    await until(async () => (await harness.committed()) >= 9);
    expect(worker.taken.length).toBe(4);
  });

  test("what is behind an open transaction waits for its end", async () => {
    await using harness = await KafkaHarness.make(server, "open");
    await using others = await transactional("open");
    const worker = await StubWorker.at(await harness.broker("one"), "w");
    const open = await others.begin("o1");
    await harness.send({ id: "behind" });
    await harness.send({ id: "last" });
    await open.commit();
    await until(() => worker.taken.length === 3);
    expect(worker.taken).toEqual(["o1", "behind", "last"]);
  });
});
