import kafkajs from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type KafkaLog, kafkaLog } from "#runtime/log/kafka/log.js";
import type { ReadRecord } from "#runtime/log/port.js";
import { numbered, text } from "../conformance/log-support.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";

describe.skipIf(NO_KAFKA !== undefined)(`browsing on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  const logs: KafkaLog[] = [];

  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });

  function open(): KafkaLog {
    const log = kafkaLog({
      cluster: { name: "general", kind: "kafka", brokers: [server.address()], tls: false },
      environment: "production",
    });
    logs.push(log);
    return log;
  }

  /** Browses up to the end; stops also where nothing more can be read. */
  async function walk(log: KafkaLog, topic: string) {
    const records: ReadRecord[] = [];
    const lost: { readonly from: number; readonly to: number; readonly error: string }[] = [];
    for (let at = 0; ; ) {
      const found = await log.browse(topic, 0, at, 1000);
      records.push(...found.records);
      if (found.damaged !== undefined) lost.push({ ...found.damaged, to: found.next });
      if (found.next === at || found.next >= found.end) return { records, lost, next: found.next, end: found.end };
      at = found.next;
    }
  }

  test("passes over aborted transactions and the marks of ended ones, and stops before an open one", async () => {
    await server.create({ mixed: 1 });
    const log = open();
    const producer = server.client().producer({ transactionalId: "t", idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const send = async (value: string) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: "mixed", messages: [{ value, partition: 0 }] });
      return transaction;
    };
    await log.append("mixed", numbered(1));
    await (await send("aborted")).abort();
    await (await send("committed")).commit();
    await log.append("mixed", numbered(1, 1));
    await expect
      .poll(async () => (await walk(log, "mixed")).records.map(text), { timeout: 10_000 })
      .toEqual(["0", "committed", "1"]);
    const { next } = await walk(log, "mixed");
    const last = await send("open");
    await log.append("mixed", numbered(1, 2));
    expect(await walk(log, "mixed")).toMatchObject({ next, end: next });
    await last.commit();
    await expect
      .poll(async () => (await walk(log, "mixed")).records.map(text), { timeout: 10_000 })
      .toEqual(["0", "committed", "1", "open", "2"]);
    await producer.disconnect();
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])("reads batches that Kafka packed with %s", async (codec) => {
    await server.create({ [`packed-${codec}`]: 1 }, { "compression.type": codec });
    const log = open();
    await log.append(`packed-${codec}`, numbered(200));
    expect((await log.browse(`packed-${codec}`, 0, 150, 3)).records.map(text)).toEqual(["150", "151", "152"]);
    expect((await walk(log, `packed-${codec}`)).records.map(text)).toEqual(numbered(200).map(text));
  });

  test("names a batch that cannot be unpacked with its offsets, and reads what follows it", async () => {
    await server.create({ broken: 1 }, { "compression.type": "gzip" });
    const log = open();
    await log.append("broken", numbered(5));
    await log.append("broken", [...numbered(6, 5), { value: Buffer.from("x".repeat(5000)) }]);
    await log.append("broken", numbered(5, 12));
    const { GZIP } = kafkajs.CompressionTypes;
    const original = kafkajs.CompressionCodecs[GZIP];
    const codec = original?.();
    kafkajs.CompressionCodecs[GZIP] = () => ({
      compress: () => Promise.reject(new Error("not used")),
      async decompress(bytes: Buffer) {
        const unpacked: Buffer | undefined = await codec?.decompress(bytes);
        if (unpacked === undefined || unpacked.includes("xxxx")) throw new Error("incorrect data check");
        return unpacked;
      },
    });
    try {
      const { records, lost } = await walk(log, "broken");
      expect(lost).toEqual([{ from: 5, to: 12, error: expect.stringContaining("incorrect data check") }]);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 12, 13, 14, 15, 16]);
    } finally {
      if (original !== undefined) kafkajs.CompressionCodecs[GZIP] = original;
    }
    expect((await walk(log, "broken")).records.length).toBe(17);
  });

  test("begins at the first offset that the topic has kept, and says which one that is", async () => {
    await server.create({ cut: 1 });
    const log = open();
    await log.append("cut", numbered(10));
    const admin = server.client().admin();
    await admin.connect();
    await admin.fetchTopicOffsets("cut");
    await admin.deleteTopicRecords({ topic: "cut", partitions: [{ partition: 0, offset: "6" }] });
    await admin.disconnect();
    expect(await log.partitions("cut")).toEqual([{ partition: 0, first: 6, end: 10 }]);
    const found = await log.browse("cut", 0, 2, 2);
    expect([found.records.map(text), found.first, found.next, found.end]).toEqual([["6", "7"], 6, 8, 10]);
  });

  test("of a topic that does not exist says how to create it, and finds it once it is there", async () => {
    const log = open();
    for (const asked of [log.browse("late", 0, 0, 10), log.partitions("late")]) {
      await expect(asked).rejects.toMatchObject({
        code: "topic_missing",
        message: expect.stringContaining("taskwire topics --env production --create"),
      });
    }
    await server.create({ late: 2 });
    expect((await log.partitions("late")).length).toBe(2);
    await log.append("late", numbered(1), { partition: 1 });
    expect((await log.browse("late", 1, 0, 10)).records.map(text)).toEqual(["0"]);
  });

  test("after a restart of Kafka reads again by itself", async () => {
    await server.create({ steady: 1 });
    const log = open();
    await log.append("steady", numbered(3));
    expect((await walk(log, "steady")).records.length).toBe(3);
    await server.kill();
    await server.launch();
    expect((await walk(log, "steady")).records.length).toBe(3);
  });
});
