import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { Night } from "../support/night/night.js";
import { NightProject } from "../support/night/project.js";
import { spendNight } from "../support/night/scenario.js";
import { outcome } from "../support/processes/command.js";

const ENVIRONMENTS = `environments:
  kafka:
    clusters: { main: { kafka: { brokers: ["\${NIGHT_KAFKA}"] } } }
    topics: { work: { cluster: main, partitions: 4 } }
    routes: { "*": work }
`;

describe.skipIf(NO_KAFKA !== undefined)(`operators on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  test("a night with two brokers: each of 100,000 activations has one account", async () => {
    using project = await NightProject.make(ENVIRONMENTS);
    const variables = { NIGHT_KAFKA: server.address() };
    const created = await outcome(["topics", "--create", "--env", "kafka"], variables, project.folder);
    expect(created.code).toBe(0);
    const folders = [project.path("data-a"), project.path("data-b")];
    await using night = await Night.begin({ project, environment: "kafka", folders, variables });
    await spendNight(night, project);
  }, 900_000);
});
