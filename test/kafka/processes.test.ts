import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment, things } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { Project } from "../support/processes/project.js";
import { until } from "../support/waiting.js";

const TASKS = join(import.meta.dirname, "../../dist/test/integration/fixtures/tasks.js");
const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ n: n + from }));

describe.skipIf(NO_KAFKA !== undefined)(`processes on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  /** The environment of the embedded tests on topics of this Kafka: the tasks do not change. */
  async function onKafka(topic: string, partitions: number): Promise<EnvironmentModel> {
    await server.create({ [topic]: partitions, [`${topic}-dlq`]: 1 });
    return {
      ...environment,
      clusters: [{ name: "general", kind: "kafka", brokers: [server.address()], tls: false }],
      topics: [{ name: topic, cluster: "general", partitions, deadLetter: `${topic}-dlq`, retry: topic }],
      routes: [{ namespace: "*", topic }],
      pools: environment.pools.map((pool) => ({ ...pool, topics: [topic], group: `test.${topic}` })),
    };
  }

  async function harnessOn(environment: EnvironmentModel): Promise<ProcessHarness> {
    const variables: NodeJS.ProcessEnv = {};
    const harness = new ProcessHarness(environment, HANDLERS, variables);
    variables[FOLDER_VARIABLE] = harness.data;
    return harness;
  }

  test("a producer that has sent ends by itself, though its connection is open", async () => {
    const environment = await onKafka("ending", 1);
    using project = new Project(true);
    const sending = `
      import { things } from ${JSON.stringify(TASKS)};
      import { connect } from "taskwire";
      await connect(${JSON.stringify(environment)});
      await things.quick.delay({ n: 1 });
      await things.quick.delayMany([{ n: 2 }, { n: 3 }]);
      // Only timers that keep the process alive are listed.
      await new Promise((resolve) => setImmediate(resolve));
      console.log(process.getActiveResourcesInfo().filter((each) => each === "Timeout").length);
    `;
    project.write("send.mjs", sending);
    expect(await project.node(["send.mjs"])).toMatchObject({ code: 0, out: "0\n", err: "" });
  });

  test("account for every run, retry and dead letter", async () => {
    const environment = await onKafka("flow", 4);
    await using harness = await harnessOn(environment);
    await using client = await connect(environment);
    expect(client.environment.name).toBe("test");
    await Promise.all(range(100).map((input) => things.quick.delay(input)));
    await things.quick.delayMany(range(100, 100));
    await harness.broker();
    await harness.worker();
    await things.flaky.delay({ n: 1 });
    await things.doomed.delay({ n: 1 });
    await until(async () => (await harness.status()).ended.deadlettered === 1);
    await until(async () => (await harness.status()).ended.completed === 201);
    const entries = history(harness.data);
    const ran = (task: string) => entries.filter((entry) => entry.task === task && entry.what === "start");
    expect(
      ran("quick")
        .map(({ n }) => n)
        .sort((a, b) => a - b),
    ).toEqual(range(200).map(({ n }) => n));
    expect(ran("flaky").map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(ran("doomed").map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("a broker that is killed resumes its in-flight work at once; at-most-once work starts once", async () => {
    const environment = await onKafka("killed", 2);
    await using harness = await harnessOn(environment);
    await using client = await connect(environment);
    expect(client.environment.name).toBe("test");
    const broker = await harness.broker();
    await harness.worker("--concurrency", "4");
    await Promise.all([
      ...range(2).map((input) => things.slow.delay(input)),
      ...range(2).map((input) => things.slowOnce.delay(input)),
      ...range(50).map((input) => things.quick.delay(input)),
    ]);
    const started = (task: string) =>
      history(harness.data).filter((entry) => entry.task === task && entry.what === "start").length;
    await until(() => started("slow") + started("slowOnce") === 4);
    await broker.kill();
    await things.quick.delayMany(range(50, 50));
    await harness.broker();
    writeFileSync(join(harness.data, "release"), "");
    await until(() => {
      const ends = history(harness.data).filter((entry) => entry.task === "quick" && entry.what === "end");
      return new Set(ends.map(({ n }) => n)).size === 100;
    });
    await until(async () => Object.values((await harness.status()).counts).every((count) => count === 0));
    expect(started("slowOnce")).toBe(2);
    expect(started("slow")).toBe(2);
  });

  test("a broker that is stopped while Kafka is away stops, and continues later", async () => {
    const environment = await onKafka("away", 2);
    await using harness = await harnessOn(environment);
    await using client = await connect(environment);
    expect(client.environment.name).toBe("test");
    const broker = await harness.broker();
    await things.quick.delayMany(range(20));
    await until(async () => (await harness.status()).counts.pending === 20);
    await server.kill();
    expect(await broker.stop(), broker.said()).toBe(0);
    await server.launch();
    await harness.broker();
    await harness.worker();
    await until(async () => (await harness.status()).ended.completed === 20);
  }, 120_000);
});
