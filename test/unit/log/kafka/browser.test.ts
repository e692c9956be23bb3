import { describe, expect, test } from "vitest";
import { Browser } from "#runtime/log/kafka/browser.js";
import { LogClosedError } from "#runtime/log/port.js";
import { FakeKafka } from "../../../support/kafka/fake-kafka.js";

const NAMES = {
  cluster: { name: "general", kind: "kafka", brokers: ["kafka:9092"], tls: false },
  environment: undefined,
} as const;

function faked(kafka: FakeKafka, partitions: number) {
  const parts = kafka.topic("letters", partitions);
  for (const part of parts) part.batches.push({ offsets: [0, 1], last: 1 }, { offsets: [], last: 8 });
  const cluster = kafka.cluster();
  return { parts, cluster, browser: new Browser(cluster, NAMES) };
}

describe("browsing a Kafka cluster", () => {
  test("passes a batch whose records compaction removed", async () => {
    const { browser } = faked(new FakeKafka(), 1);
    const first = await browser.browse("letters", 0, 0, 100);
    expect([first.records.map(({ offset }) => offset), first.next, first.end]).toEqual([[0, 1], 2, 9]);
    expect(await browser.browse("letters", 0, first.next, 100)).toMatchObject({ records: [], next: 9 });
  });

  test("reads the partition from its new leader when it has moved", async () => {
    const { parts, cluster, browser } = faked(new FakeKafka(), 1);
    for (const part of parts) part.error = "NOT_LEADER_FOR_PARTITION";
    cluster.refreshMetadata = async () => {
      for (const part of parts) part.error = undefined;
    };
    expect((await browser.browse("letters", 0, 0, 1)).records.length).toBe(1);
  });

  test("asks again for what an empty answer hides, and does not take the place for read", async () => {
    const { cluster, browser } = faked(new FakeKafka(), 1);
    const find = cluster.findBroker;
    let empty = 2;
    cluster.findBroker = async (place) => {
      const node = await find(place);
      const fetch = node.fetch;
      node.fetch = async (request) => {
        if (empty === 0) return fetch(request);
        empty -= 1;
        const partitions = [{ partition: 0, errorCode: 0, highWatermark: "9", messages: [], abortedTransactions: [] }];
        return Object.assign(await fetch(request), { responses: [{ topicName: "letters", partitions }] });
      };
      return node;
    };
    expect((await browser.browse("letters", 0, 0, 100)).next).toBe(2);
    empty = 99;
    await expect(browser.browse("letters", 0, 0, 100)).rejects.toMatchObject({
      code: "kafka_failed",
      message: expect.stringContaining("from offset 0, although it ends at 9"),
    });
  });

  test("looks the first offset up again when the topic deletes records meanwhile", async () => {
    const { parts, cluster, browser } = faked(new FakeKafka(), 1);
    const find = cluster.findBroker;
    let fetches = 0;
    cluster.findBroker = async (place) => {
      const node = await find(place);
      const fetch = node.fetch;
      node.fetch = async (request) => {
        fetches += 1;
        for (const part of parts) part.error = fetches === 1 ? "OFFSET_OUT_OF_RANGE" : undefined;
        const answer = await fetch(request);
        for (const part of parts) part.error = undefined;
        return answer;
      };
      return node;
    };
    expect((await browser.browse("letters", 0, 0, 100)).records.length).toBe(2);
    expect(fetches).toBe(2);
  });

  test("names a partition without a leader, and reads the others", async () => {
    const { parts, browser } = faked(new FakeKafka(), 2);
    if (parts[1] !== undefined) parts[1].leader = -1;
    await expect(browser.browse("letters", 1, 0, 10)).rejects.toMatchObject({
      code: "kafka_no_leader",
      message: expect.stringContaining('partition 1 of topic "letters" has no leader'),
    });
    expect((await browser.browse("letters", 0, 0, 10)).records.length).toBe(2);
  });

  test("says at once that the login may not read the topic", async () => {
    const { parts, browser } = faked(new FakeKafka(), 1);
    for (const part of parts) part.error = "TOPIC_AUTHORIZATION_FAILED";
    await expect(browser.browse("letters", 0, 0, 10)).rejects.toMatchObject({ code: "kafka_forbidden" });
  });

  test("is over when the log is closed", async () => {
    const { browser } = faked(new FakeKafka(), 1);
    await browser.close();
    await expect(browser.partitions("letters")).rejects.toBeInstanceOf(LogClosedError);
  });
});
