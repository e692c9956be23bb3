import { afterEach, describe, expect, test } from "vitest";
import { ReaderSockets } from "#runtime/log/kafka/connection/sockets.js";
import { KafkaReader } from "#runtime/log/kafka/read/reader.js";
import { CommitRefusedError, type ReadEvent } from "#runtime/log/port.js";
import { FakeKafka } from "../../../support/kafka/fake-kafka.js";

const NAMES = {
  cluster: { name: "general", kind: "kafka", brokers: ["127.0.0.1:1"], tls: false },
  environment: "test",
} as const;

describe("the Kafka reader", () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  function read(kafka: FakeKafka, ...topics: string[]) {
    const alerts: string[] = [];
    const reader = new KafkaReader(
      { cluster: kafka.cluster(), clientId: "me", sockets: new ReaderSockets() },
      NAMES,
      topics,
      // Beats every 20 ms.
      {
        group: "g",
        journal: "j",
        sessionMs: 300,
        alert: (message, fields) => alerts.push(JSON.stringify([message, fields])),
      },
      () => {},
    );
    open.push(reader);
    const events = reader[Symbol.asyncIterator]();
    const next = async (): Promise<ReadEvent> => {
      const { done, value } = await events.next();
      if (done === true) throw new Error("the reader ended");
      return value;
    };
    /** Events up to one that the condition holds for. */
    const until = async (holds: (event: ReadEvent) => boolean): Promise<ReadEvent> => {
      for (let event = await next(); ; event = await next()) if (holds(event)) return event;
    };
    return { reader, next, until, alerts };
  }

  const isBatch = (topic: string) => (event: ReadEvent) => event.kind === "batch" && event.topic === topic;

  test("continues behind gaps, and says so where no record follows", async () => {
    const kafka = new FakeKafka();
    const [part] = kafka.topic("changes", 1);
    part?.batches.push({ offsets: [0], last: 4 }, { offsets: [], last: 9 }, { offsets: [12], last: 14 });
    const { until } = read(kafka, "changes");
    const seen: number[] = [];
    await until((event) => {
      if (event.kind !== "batch") return false;
      seen.push(...event.records.map(({ offset }) => offset));
      return event.next === 15;
    });
    expect(seen).toEqual([0, 12]);
  });

  test("reads on what is healthy while a partition has no leader, names it, and takes it when it has one again", async () => {
    const kafka = new FakeKafka();
    const [first, second] = kafka.topic("tasks", 2);
    for (const part of [first, second]) part?.batches.push({ offsets: [0], last: 0 });
    if (second !== undefined) second.leader = -1;
    const { reader, until } = read(kafka, "tasks");
    const batch = await until(isBatch("tasks"));
    expect(batch.partition).toBe(0);
    expect(reader.unreadable()).toMatchObject([{ topic: "tasks", partition: 1, code: "no_leader" }]);
    expect(reader.end("tasks", 0)).toBe(1);
    expect(reader.end("tasks", 1)).toBeUndefined();
    if (second !== undefined) second.leader = 1;
    expect((await until(isBatch("tasks"))).partition).toBe(1);
    expect(reader.unreadable()).toEqual([]);
  });

  test("says of a partition that loses its leader while it is read that its end is not known", async () => {
    const kafka = new FakeKafka();
    const [part, other] = kafka.topic("tasks", 2);
    for (const each of [part, other]) each?.batches.push({ offsets: [0], last: 0 });
    const { reader, until } = read(kafka, "tasks");
    await until(isBatch("tasks"));
    await until(isBatch("tasks"));
    if (part !== undefined) part.leader = -1;
    await expect.poll(() => reader.unreadable()).toMatchObject([{ partition: 0, code: "no_leader" }]);
    other?.batches.push({ offsets: [1], last: 1 });
    expect((await until(isBatch("tasks"))).partition).toBe(1);
    expect(reader.end("tasks", 0)).toBeUndefined();
  });

  test.each([
    ["NOT_LEADER_FOR_PARTITION", "no_leader"],
    ["TOPIC_AUTHORIZATION_FAILED", "forbidden"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "topic_missing"],
    ["KAFKA_STORAGE_ERROR", "refused"],
  ])("reads on its other topic while every fetch of one is answered with %s", async (error, code) => {
    const kafka = new FakeKafka();
    const [first] = kafka.topic("first", 1);
    const [second] = kafka.topic("second", 1);
    const { reader, until, alerts } = read(kafka, "first", "second");
    await until(({ kind }) => kind === "assigned");
    await until(({ kind }) => kind === "assigned");
    if (second !== undefined) second.error = error;
    await expect.poll(() => reader.unreadable()).toMatchObject([{ topic: "second", partition: 0, code }]);
    first?.batches.push({ offsets: [0], last: 0 });
    await until(isBatch("first"));
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toContain('"second"');
    // It is asked again, and comes back.
    if (second !== undefined) second.error = undefined;
    second?.batches.push({ offsets: [0], last: 0 });
    await until(isBatch("second"));
    expect(reader.unreadable()).toEqual([]);
  });

  test("stores the positions of what is healthy when a partition takes none, and names that one", async () => {
    const kafka = new FakeKafka();
    const [first] = kafka.topic("first", 1);
    const [second] = kafka.topic("second", 1);
    for (const part of [first, second]) part?.batches.push({ offsets: [0], last: 0 });
    const { reader, next } = read(kafka, "first", "second");
    const events = [await next(), await next()].filter((event) => event.kind === "assigned");
    if (second !== undefined) second.error = "UNKNOWN_TOPIC_OR_PARTITION";
    const commits = events.map(({ topic, partition, epoch }) => ({
      ...{ topic, partition, epoch, offset: 1, unsettled: 1, journalCommit: "" },
    }));
    const refused = await reader.commit(commits).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CommitRefusedError);
    expect(refused).toMatchObject({ refused: [{ topic: "second", partition: 0 }] });
    expect([first?.committed?.offset, second?.committed]).toEqual([1, undefined]);
  });
});
