import { describe, expect, test } from "vitest";
import { type NeededTopic, neededTopics } from "#runtime/log/kafka/needed-topics.js";
import { type TopicSettings, topicDifferences } from "#runtime/log/kafka/topic-differences.js";

const DAY_MS = 86_400_000;
const letters: NeededTopic = {
  topic: "orders-dlq",
  cluster: "main",
  role: { kind: "dead_letter", of: "orders" },
  partitions: 1,
  retention: { milliseconds: 30 * DAY_MS, isDefault: true },
};
const sound: TopicSettings = { partitions: 1, retention: 30 * DAY_MS, policies: ["delete"] };

function differences(needed: NeededTopic, found: TopicSettings | undefined) {
  return topicDifferences(needed, found, "saas").map(({ setting, expected, found, hint }) => [
    ...[setting, expected, found],
    hint.split(" ")[0],
  ]);
}

describe("differences of a topic on its cluster", () => {
  test("are none for one that is as declared, or whose settings this login may not read", () => {
    expect(differences(letters, sound)).toEqual([]);
    expect(differences(letters, { ...sound, retention: undefined, policies: undefined })).toEqual([]);
  });

  test("name a missing topic and other partitions, with what to do", () => {
    expect(topicDifferences(letters, undefined, "saas")).toMatchObject([
      { setting: "topic", found: "none", hint: "create it: taskwire topics --env saas --create" },
    ]);
    expect(topicDifferences(letters, { ...sound, partitions: 4 }, "saas")).toMatchObject([
      { topic: "orders-dlq", cluster: "main", setting: "partitions", expected: "1", found: "4" },
    ]);
  });

  test("of retention count when dead letters go too early, and when the schema says a time and they stay longer", () => {
    const week = { ...sound, retention: 7 * DAY_MS };
    const forever = { ...sound, retention: Number.POSITIVE_INFINITY };
    expect(differences(letters, week)).toEqual([["retention.ms", "30d", "7d", "kafka-configs.sh"]]);
    expect(differences(letters, forever)).toEqual([]);
    const declared = { ...letters, retention: { milliseconds: 30 * DAY_MS, isDefault: false } };
    expect(differences(declared, forever)).toEqual([["retention.ms", "30d", "without end", "kafka-configs.sh"]]);
    expect(topicDifferences(declared, week, "saas")[0]?.hint).toBe(
      "kafka-configs.sh --alter --entity-type topics --entity-name orders-dlq --add-config retention.ms=2592000000, or declare dead_letter_retention: 7d",
    );
  });

  test("of the policy count where it loses activations, marks of schedules, or keeps dead letters without end", () => {
    const place = { cluster: "main", partitions: 1 };
    const orders: NeededTopic = { ...place, topic: "orders", role: "declared" };
    const marks: NeededTopic = { ...place, topic: "taskwire-schedule", role: "schedules", compacted: true };
    const compacted = { ...sound, policies: ["compact"] };
    const both = { ...sound, policies: ["compact", "delete"] };
    expect(differences(orders, compacted)).toEqual([["cleanup.policy", "delete", "compact", "kafka-configs.sh"]]);
    expect(differences(orders, both)).toEqual([["cleanup.policy", "delete", "compact,delete", "kafka-configs.sh"]]);
    expect(differences({ ...orders, raw: true }, compacted)).toEqual([]);
    expect(differences(marks, sound)).toEqual([["cleanup.policy", "compact", "delete", "kafka-configs.sh"]]);
    expect(differences(marks, compacted)).toEqual([]);
    expect(differences(letters, compacted)).toEqual([["cleanup.policy", "delete", "compact", "kafka-configs.sh"]]);
    // Resolved dead letters may go early.
    expect(differences(letters, both)).toEqual([]);
  });
});

describe("the topics that an environment needs on Kafka", () => {
  test("are those of its Kafka clusters, each once, with the retention of dead-letter topics, declared or not", () => {
    const limits = { maxPendingCount: 1, maxProcessingCount: 1, maxProcessingAttempts: 1, maxProcessingDeadline: 1 };
    const pool = (name: string, ...topics: readonly string[]) => ({ name, topics, group: name, ...limits });
    const topic = { partitions: 4, retry: "orders", cluster: "main", deadLetter: "graves" };
    const needed = neededTopics(
      {
        name: "saas",
        clusters: [
          { name: "main", kind: "kafka", brokers: ["kafka:9092"], tls: false },
          { name: "disk", kind: "sqlite", file: "log.db" },
        ],
        topics: [
          { ...topic, name: "orders", deadLetterRetention: 14 * DAY_MS },
          { ...topic, name: "graves", deadLetter: "graves-dlq", retry: "graves" },
          { ...topic, name: "events", raw: "ingest", retry: "events-retry" },
          { ...topic, name: "local", cluster: "disk" },
        ],
        routes: [],
        pools: [pool("one", "orders"), pool("two", "events", "local"), pool("three", "local", "graves")],
      },
      [{ topic: "taskwire-schedule", cluster: "main", role: "schedules", partitions: 1, compacted: true }],
    );
    expect(
      needed.map(({ topic, partitions, retention, raw, compacted }) => [
        ...[topic, partitions, (retention?.milliseconds ?? 0) / DAY_MS],
        raw === true ? "raw" : compacted === true ? "compacted" : "",
      ]),
    ).toEqual([
      ["orders", 4, 0, ""],
      ["graves", 4, 30, ""],
      ["events", 4, 0, "raw"],
      ["graves-dlq", 1, 30, ""],
      ["events-retry", 4, 0, ""],
      ["taskwire-control", 1, 0, "compacted"],
      ["taskwire-schedule", 1, 0, "compacted"],
    ]);
  });
});
