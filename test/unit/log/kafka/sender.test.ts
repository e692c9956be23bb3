import { describe, expect, test } from "vitest";
import { NoLeaderError, type Outcome, Sender } from "#runtime/log/kafka/append/sender.js";
import type { Message } from "#runtime/log/kafka/connection/append-batch.js";
import { NoPartitionError } from "#runtime/log/port.js";
import { FakeKafka } from "../../../support/kafka/fake-kafka.js";

const message = (value: string, key: string | null = null) => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
});

async function send(sender: Sender, ...messages: Message[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const sizes = messages.map(() => 100);
  await sender.send("tasks", messages, sizes, (index, outcome) => {
    outcomes[index] = outcome;
  });
  return outcomes;
}

/** A key that belongs to the partition, of two. */
async function keyOf(partition: number): Promise<string> {
  const kafka = new FakeKafka();
  kafka.topic("tasks", 2);
  const sender = new Sender(kafka.cluster());
  for (let number = 0; ; number += 1) {
    const [outcome] = await send(sender, message("", String(number)));
    if (outcome !== undefined && "partition" in outcome && outcome.partition === partition) return String(number);
  }
}

describe("the Kafka sender", () => {
  test("takes a partition that is led when another is not, and fails only the keyed records of that one", async () => {
    const kafka = new FakeKafka();
    const [, second] = kafka.topic("tasks", 2);
    if (second !== undefined) second.leader = -1;
    const sender = new Sender(kafka.cluster());
    const outcomes = await send(
      sender,
      message("free"),
      message("stays", await keyOf(1)),
      message("other", await keyOf(0)),
    );
    expect(outcomes[0]).toEqual({ partition: 0, offset: 0 });
    expect(outcomes[2]).toEqual({ partition: 0, offset: 1 });
    expect(outcomes[1]).toMatchObject({ error: expect.any(NoLeaderError) });
    expect(String(Reflect.get(outcomes[1] ?? {}, "error"))).toContain('partition 1 of topic "tasks" has no leader');
    for (let count = 0; count < 4; count += 1)
      expect(await send(sender, message("more"))).toMatchObject([{ partition: 0 }]);
  });

  test("moves a record without a key off a node that does not answer", async () => {
    const kafka = new FakeKafka();
    const [first, second] = kafka.topic("tasks", 2);
    if (second !== undefined) second.leader = 2;
    kafka.down.add(2);
    const sender = new Sender(kafka.cluster());
    for (const value of ["a", "b", "c", "d"])
      expect(await send(sender, message(value))).toMatchObject([{ partition: 0 }]);
    expect(first?.appended).toEqual(["a", "b", "c", "d"]);
  });

  test("sends to a given partition, also against the key, and waits for one that the metadata does not know yet", async () => {
    const kafka = new FakeKafka();
    const [first] = kafka.topic("tasks", 1);
    const cluster = kafka.cluster();
    const sender = new Sender(cluster);
    const known = await send(sender, { ...message("a", "some key"), partition: 0 }, { ...message("b"), partition: 0 });
    expect(known).toEqual([
      { partition: 0, offset: 0 },
      { partition: 0, offset: 1 },
    ]);
    cluster.refreshMetadata = async () => void kafka.topics.get("tasks")?.push(...new FakeKafka().topic("tasks", 1));
    expect(await send(sender, { ...message("c"), partition: 1 })).toEqual([{ partition: 1, offset: 0 }]);
    expect(first?.appended).toEqual(["a", "b"]);
  });

  test("refuses a partition that the topic does not get, by name, and sends the rest", async () => {
    const kafka = new FakeKafka();
    const [, second] = kafka.topic("tasks", 2);
    const sender = new Sender(kafka.cluster());
    const [refused, taken] = await send(sender, { ...message("a"), partition: 2 }, { ...message("b"), partition: 1 });
    expect(refused).toMatchObject({ error: expect.any(NoPartitionError) });
    expect([taken, second?.appended]).toEqual([{ partition: 1, offset: 0 }, ["b"]]);
  });

  test("does not try again what cannot get better, and gives each record its own outcome", async () => {
    const kafka = new FakeKafka();
    const [first] = kafka.topic("tasks", 2);
    if (first !== undefined) first.error = "TOPIC_AUTHORIZATION_FAILED";
    const sender = new Sender(kafka.cluster());
    const [refused, taken] = await send(sender, message("a", await keyOf(0)), message("b", await keyOf(1)));
    expect(refused).toMatchObject({ error: { type: "TOPIC_AUTHORIZATION_FAILED" } });
    expect(taken).toEqual({ partition: 1, offset: 0 });
  });

  test("splits what a topic refuses as too large, and keeps the order", async () => {
    const kafka = new FakeKafka();
    const [part] = kafka.topic("tasks", 1);
    const cluster = kafka.cluster();
    const find = cluster.findBroker;
    cluster.findBroker = async (place) => {
      const node = await find(place);
      const produce = node.produce;
      node.produce = async (request) => {
        const count = request.topicData[0]?.partitions[0]?.messages.length ?? 0;
        if (part !== undefined) part.error = count > 2 ? "MESSAGE_TOO_LARGE" : undefined;
        return produce(request);
      };
      return node;
    };
    const outcomes = await send(new Sender(cluster), ...["a", "b", "c", "d", "e"].map((value) => message(value)));
    expect(outcomes.map((outcome) => ("offset" in outcome ? outcome.offset : outcome.error))).toEqual([0, 1, 2, 3, 4]);
    expect(part?.appended).toEqual(["a", "b", "c", "d", "e"]);
  });
});
