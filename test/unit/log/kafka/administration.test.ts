import type { Admin, Kafka } from "kafkajs";
import { describe, expect, test } from "vitest";
import { Administration } from "#runtime/log/kafka/administration.js";
import { Sockets } from "#runtime/log/kafka/connection/sockets.js";
import { ProtocolError } from "../../../support/kafka/fake-kafka.js";

const NAMES = {
  cluster: { name: "general", kind: "kafka", brokers: ["kafka:9092"], tls: false },
  environment: "saas",
} as const;

/** Lookups of a cluster whose coordinator answers with these errors first, then with a position of the topic. */
function administration(...errors: string[]): { readonly looks: Administration; readonly left: string[] } {
  const admin: Partial<Admin> = {
    connect: async () => {},
    fetchOffsets: async ({ topics = [] }) => {
      const type = errors.shift();
      if (type !== undefined) throw new ProtocolError(type);
      const partitions = [{ partition: 0, offset: "7", metadata: null }];
      return topics.map((topic) => ({ topic: String(topic), partitions }));
    },
  };
  // The part of a client that the lookup uses.
  const kafka = { admin: () => admin } as unknown as Kafka;
  return { looks: new Administration(kafka, new Sockets(), NAMES), left: errors };
}

describe("the settings of topics in Kafka", () => {
  function settingsOf(describeConfigs: Admin["describeConfigs"]) {
    const admin: Partial<Admin> = {
      connect: async () => {},
      listTopics: async () => ["orders-dlq"],
      fetchTopicMetadata: async () => ({
        topics: [
          {
            name: "orders-dlq",
            partitions: [{ partitionErrorCode: 0, partitionId: 0, leader: 1, replicas: [], isr: [] }],
          },
        ],
      }),
      describeConfigs,
    };
    // The part of a client that the lookup uses.
    const kafka = { admin: () => admin } as unknown as Kafka;
    return new Administration(kafka, new Sockets(), NAMES).settingsOf(["orders-dlq", "missing"]);
  }
  const entry = (configName: string, configValue: string) => ({
    ...{ configName, configValue, isDefault: false, readOnly: false, isSensitive: false },
    ...{ configSource: 1, configSynonyms: [] },
  });
  const answer = (...configEntries: ReturnType<typeof entry>[]) => ({
    throttleTime: 0,
    resources: [{ configEntries, errorCode: 0, errorMessage: "", resourceName: "orders-dlq", resourceType: 2 }],
  });

  test("are partitions, retention and policies; a retention of -1 has no end, and a missing topic has none of it", async () => {
    const found = await settingsOf(async () =>
      answer(entry("retention.ms", "-1"), entry("cleanup.policy", "compact,delete")),
    );
    expect([...found]).toEqual([
      ["orders-dlq", { partitions: 1, retention: Number.POSITIVE_INFINITY, policies: ["compact", "delete"] }],
      ["missing", undefined],
    ]);
  });

  test("are unknown where the login may not read them, and reject for any other reason", async () => {
    const found = await settingsOf(async () => Promise.reject(new ProtocolError("TOPIC_AUTHORIZATION_FAILED")));
    expect(found.get("orders-dlq")).toEqual({ partitions: 1, retention: undefined, policies: undefined });
    const failed = settingsOf(async () => Promise.reject(new ProtocolError("INVALID_REQUEST")));
    await expect(failed).rejects.toMatchObject({ code: "kafka_failed" });
  });
});

describe("the lookup of a group's positions in Kafka", () => {
  test("retries while the coordinator of the group is loading, on its way to another node or not elected", async () => {
    const { looks, left } = administration(
      "GROUP_COORDINATOR_NOT_AVAILABLE",
      "NOT_COORDINATOR_FOR_GROUP",
      "GROUP_LOAD_IN_PROGRESS",
    );
    expect(await looks.everRead("tasks", "group")).toBe(true);
    expect(left).toEqual([]);
  });

  test("rejects at once when a retry does not help, such as for a login that may not see the group", async () => {
    const { looks, left } = administration("GROUP_AUTHORIZATION_FAILED", "GROUP_LOAD_IN_PROGRESS");
    await expect(looks.everRead("tasks", "group")).rejects.toMatchObject({ code: "kafka_forbidden" });
    expect(left).toEqual(["GROUP_LOAD_IN_PROGRESS"]);
  });
});
