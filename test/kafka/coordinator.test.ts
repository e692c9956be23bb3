import { join, resolve } from "node:path";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { describe, expect, test, vi } from "vitest";
import { type KafkaLog, kafkaLog } from "#runtime/log/kafka/log.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { Processes } from "../support/processes/processes.js";

const MODEL = join(resolve(import.meta.dirname, "../.."), "generated/taskwire.json");
const SAAS = ["--env", "saas", "--model", MODEL];

// Each starts a Kafka.
vi.setConfig({ testTimeout: 180_000 });

const logOf = (server: KafkaServer): KafkaLog =>
  kafkaLog({
    cluster: { name: "general", kind: "kafka", brokers: [server.address()], tls: false },
    environment: "test",
  });

describe.skipIf(NO_KAFKA !== undefined)(`group coordinator of Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  test("the first lookups of groups in a new cluster wait until it has made and loaded its table of positions", async () => {
    await using server = await KafkaServer.start({
      properties: [
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found=true",
      ],
    });
    await server.create({ tasks: 4 });
    const log = logOf(server);
    try {
      const groups = Array.from({ length: 20 }, (_, number) => `group ${number}`);
      expect(await Promise.all(groups.map((group) => log.everRead("tasks", group)))).toEqual(groups.map(() => false));

      const hidden = {
        ...{ resourceType: AclResourceTypes.GROUP, resourceName: "hidden" },
        ...{ resourcePatternType: ResourcePatternTypes.LITERAL, principal: "User:ANONYMOUS", host: "*" },
        ...{ operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.DENY },
      };
      await server.withAdmin((admin) => admin.createAcls({ acl: [hidden] }));
      await expect(log.everRead("tasks", "hidden")).rejects.toMatchObject({ code: "kafka_forbidden" });
    } finally {
      await log.close();
    }
  });

  test("`taskwire send` prints the appended activation and warns when no coordinator is ready for its lookup", async () => {
    // One node never makes three copies, so no group gets a coordinator.
    await using server = await KafkaServer.start({ properties: ["offsets.topic.replication.factor=3"] });
    const address = server.address();
    await using processes = new Processes({ KAFKA_INGEST: address, KAFKA_GENERAL: address, KAFKA_PROFILING: address });
    expect(await processes.ended(["topics", ...SAAS, "--create"])).toMatchObject({ code: 0 });
    const parameters = '{"integration_id": 1, "group_id": 22, "status": "resolved"}';
    const [text, json] = await Promise.all(
      [[], ["--json"]].map((flags) =>
        processes.ended(["send", "integrations.sync_issue_status", parameters, ...SAAS, ...flags]),
      ),
    );
    const warning =
      'taskwire: the activation is appended; whether a broker has ever read topic "kafka-general" is unknown: cannot look up group ';
    expect(text).toMatchObject({
      code: 0,
      out: expect.stringContaining("appended to kafka-general"),
      err: expect.stringContaining(warning),
    });
    expect(json).toMatchObject({ code: 0, err: expect.stringContaining(warning) });
    expect(JSON.parse(json?.out ?? "")).toMatchObject({ topic: "kafka-general", read: null });
  });
});
