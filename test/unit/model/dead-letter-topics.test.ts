import { describe, expect, test } from "vitest";
import { deadLetterTopics } from "#runtime/model/dead-letter-topics.js";
import type { EnvironmentModel, TopicModel } from "#runtime/model/model.js";

const DAY_MS = 86_400_000;

function topic(name: string, change: Partial<TopicModel> = {}): TopicModel {
  return { name, cluster: "kafka", partitions: 1, deadLetter: `${name}-dlq`, retry: name, ...change };
}

function retentions(...topics: readonly TopicModel[]) {
  const environment: EnvironmentModel = {
    name: "production",
    clusters: [
      { name: "kafka", kind: "kafka", brokers: ["kafka:9092"], tls: false },
      { name: "disk", kind: "sqlite", file: "log.db" },
    ],
    topics,
    routes: [],
    pools: [],
  };
  return deadLetterTopics(environment).map(({ cluster, name, retention }) => [
    `${cluster}/${name}`,
    retention === undefined ? undefined : retention / DAY_MS,
  ]);
}

describe("dead-letter topics of an environment", () => {
  test("keep what the schema says, else 30 days on Kafka and without end on SQLite", () => {
    expect(
      retentions(
        topic("a"),
        topic("b", { deadLetterRetention: 7 * DAY_MS }),
        topic("c", { cluster: "disk" }),
        topic("d", { cluster: "disk", deadLetterRetention: DAY_MS }),
      ),
    ).toEqual([
      ["kafka/a-dlq", 30],
      ["kafka/b-dlq", 7],
      ["disk/c-dlq", undefined],
      ["disk/d-dlq", 1],
    ]);
  });

  test("that several topics share keep the longest, in any order; one of that name on another cluster is another topic", () => {
    const graves = [7, 90].map((days) => {
      return topic(`t${days}`, { deadLetter: "graves", deadLetterRetention: days * DAY_MS });
    });
    expect(retentions(...graves)).toEqual([["kafka/graves", 90]]);
    expect(retentions(...graves.reverse())).toEqual([["kafka/graves", 90]]);
    const disk = { cluster: "disk", deadLetter: "graves" };
    expect(retentions(...graves, topic("x", { ...disk, deadLetterRetention: DAY_MS }), topic("y", disk))).toEqual([
      ["kafka/graves", 90],
      ["disk/graves", undefined],
    ]);
  });
});
