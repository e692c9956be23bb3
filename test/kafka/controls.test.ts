import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "#runtime/broker/broker.js";
import { CONTROL_TOPIC } from "#runtime/model/control-topic.js";
import type { ControlAnswer } from "#runtime/operations/documents/controls.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { KafkaHarness, StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { callVerb } from "../support/wire/operations-client.js";

const TASK = { kind: "task", subject: "things.quick" };

async function call(broker: Broker, verb: VerbName, request: object): Promise<ControlAnswer> {
  const client = new ConsumerClient(broker.address ?? "");
  try {
    return (await callVerb<ControlAnswer>(client, verb, request)).document;
  } finally {
    client.close();
  }
}

const pausedBy = async (broker: Broker) => (await broker.status()).controls.inForce.map(({ id }) => id);
const sees = (broker: Broker, ...ids: string[]) => until(async () => (await pausedBy(broker)).join() === ids.join());

describe.skipIf(NO_KAFKA !== undefined)(`controls of a pool on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  test("without their topic hold at the broker that was asked, which says so, and are shared as soon as it exists", async () => {
    await using harness = await KafkaHarness.make(server, "lonely");
    const [one, two] = [await harness.broker("one"), await harness.broker("two")];
    const answer = await call(one, "Pause", TASK);
    expect(answer).toMatchObject({ done: true, control: { reach: "broker" } });
    expect(answer.note).toMatch(
      /only this broker applies the change: topic taskwire-control has not taken it .*topics --create/,
    );
    expect([await pausedBy(one), await pausedBy(two)]).toEqual([["task/things.quick"], []]);
    expect((await one.status()).controls.problem).toContain(CONTROL_TOPIC);
    await server.create({ [CONTROL_TOPIC]: 1 }, { "cleanup.policy": "compact" });
    await sees(two, "task/things.quick");
    await until(async () => (await one.status()).controls.inForce[0]?.reach === "pool");
    await until(async () => (await one.status()).controls.problem === null);
    await call(two, "Resume", TASK);
    await sees(one);
  });

  test("are applied by every broker, by one with a new data folder before it hands anything out, until any of them ends them", async () => {
    await using harness = await KafkaHarness.make(server, "shared", 2);
    const [one, two] = [await harness.broker("one"), await harness.broker("two")];
    // At once, before the other one has looked at the topic by itself.
    await call(one, "Pause", TASK);
    expect(await call(two, "Resume", TASK)).toMatchObject({ done: true, inForce: [] });
    const answer = await call(one, "Pause", { ...TASK, reason: "moving" });
    expect(answer).toMatchObject({ control: { reach: "pool", by: "a test" } });
    expect(answer.note).toBeUndefined();
    await sees(two, "task/things.quick");
    expect((await two.status()).controls.version).toBe(answer.version);
    await harness.stop("one");
    await harness.send(...Array.from({ length: 40 }, (_, at) => ({ id: `a${at}` })), {
      id: "free",
      task: "things.once",
    });
    const again = await harness.broker("three");
    expect(await pausedBy(again)).toEqual(["task/things.quick"]);
    const workers = [await StubWorker.at(again, "w1"), await StubWorker.at(two, "w2")];
    const taken = () => workers.flatMap((worker) => worker.taken);
    await until(async () => {
      const statuses = [await again.status(), await two.status()];
      return statuses.reduce((sum, { counts }) => sum + counts.parked, 0) === 40 && taken().length === 1;
    });
    expect(taken()).toEqual(["free"]);
    await call(two, "Resume", TASK);
    await until(() => taken().length === 41);
    await sees(again);
    await harness.stop("two");
    const last = await harness.broker("two");
    expect(await pausedBy(last)).toEqual([]);
  });
});
