import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentModel, Model } from "taskwire/model";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Broker, startBroker } from "#runtime/broker/broker.js";
import { type KafkaLog, kafkaLog } from "#runtime/log/kafka/log.js";
import type { LogReader } from "#runtime/log/port.js";
import { LogWatermarks, SCHEDULE_TOPIC } from "#runtime/scheduler/log-watermarks.js";
import { startScheduler } from "#runtime/scheduler/service.js";
import { encoded } from "../support/harness/broker-harness.js";
import { StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";

vi.setConfig({ testTimeout: 180_000 });

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const COMPACTED = {
  "cleanup.policy": "compact",
  "segment.bytes": String(1024 ** 2),
  "min.cleanable.dirty.ratio": "0.001",
  "delete.retention.ms": "1",
};

const EVERY_SECOND: Model = {
  ...{ taskwire: 1, application: "app", hash: "", types: [], environments: [] },
  namespaces: [
    {
      name: "ticks",
      tasks: [
        {
          ...{ key: "often", name: "ticks.often", hash: "", parameters: [] },
          ...{ processingDeadline: 30_000, atMostOnce: false, compression: "auto" },
          schedule: {
            ...{ plan: { kind: "every", period: 1000 }, words: "every second" },
            ...{ missed: "skip", jitter: 0, enabled: true },
          },
        },
      ],
    },
  ],
};

describe.skipIf(NO_KAFKA !== undefined)(`a Kafka ${KAFKA_VERSION} of which a part fails ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  let second: KafkaServer;
  let log: KafkaLog;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    server = await KafkaServer.start({
      properties: ["log.cleaner.backoff.ms=200", "broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500"],
    });
    await server.create({ early: 1 });
    // The topic of positions is made by the first group. The node that is killed later must not have its only copy.
    const early = open();
    await early.append("early", [{ value: Buffer.alloc(1) }]);
    await keys("early", early);
    await early.close();
    second = await KafkaServer.start({ joins: server, properties: ["broker.heartbeat.interval.ms=500"] });
    log = open();
  }, 300_000);
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await log?.close();
    await second?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const cluster = () => ({ name: "general", kind: "kafka", brokers: [server.address()], tls: false }) as const;
  const open = () => kafkaLog({ cluster: cluster(), environment: "test", sessionMs: 6000 });

  function read(log: KafkaLog, topic: string): LogReader {
    const reader = log.read([topic], { group: `g ${Math.random()}`, journal: "j" });
    closers.push(() => reader.close());
    return reader;
  }

  /** Keys up to the topic's end as it is now, read again. */
  async function keys(topic: string, from = log): Promise<(string | undefined)[]> {
    const reader = read(from, topic);
    const found: (string | undefined)[] = [];
    let end = 0;
    let position = 0;
    for await (const event of reader) {
      if (event.kind === "assigned") end = event.end;
      if (event.kind !== "batch") continue;
      for (const { key } of event.records) found.push(key);
      position = event.next ?? (event.records.at(-1)?.offset ?? -1) + 1;
      if (position >= end) break;
    }
    await reader.close();
    return found;
  }

  /**
   * Batches that begin with a key of their own and end with ones that later batches write again; then compaction. What is
   * left of a segment is so large that the cleaner keeps it apart from the next: a fetch gives no more than a segment, and the
   * last batch of one then ends in a gap.
   */
  async function fillWithGaps(topic: string, prefix: string): Promise<void> {
    const large = Buffer.alloc(16_000, "x");
    const value = Buffer.alloc(1000, "x");
    for (let batch = 0; batch < 220; batch += 1) {
      const own = { key: `${prefix}own ${batch}`, value: large };
      await log.append(topic, [own, ...["a", "b", "c", "d"].map((key) => ({ key: `${prefix}${key}`, value }))]);
    }
    await until(async () => (await keys(topic)).filter((key) => key === `${prefix}a`).length < 90);
  }

  /** A pool over topics, with its data in a fresh folder. */
  async function broker(topics: readonly string[]): Promise<{ broker: Broker; restart(): Promise<Broker> }> {
    const environment: EnvironmentModel = {
      name: "test",
      clusters: [cluster()],
      topics: topics.map((name) => ({
        name,
        cluster: "general",
        partitions: 1,
        deadLetter: `${name}-dlq`,
        retry: name,
      })),
      routes: [{ namespace: "*", topic: topics[0] ?? "" }],
      pools: [
        {
          ...{ name: "default", topics, group: `app.${topics.join(".")}`, maxPendingCount: 1000 },
          ...{ maxProcessingCount: 1000, maxProcessingAttempts: 5, maxProcessingDeadline: 3_600_000 },
        },
      ],
    };
    const dataFolder = mkdtempSync(join(tmpdir(), "taskwire-partial-"));
    closers.push(() => rmSync(dataFolder, { recursive: true, force: true }));
    const start = async () => {
      const http = "127.0.0.1:0";
      const started = await startBroker({
        ...{ environment, pool: "default", dataFolder, logger: SILENT, http },
        openLog: async () => open(),
      });
      closers.push(() => started.stop());
      return started;
    };
    let running = await start();
    return {
      broker: running,
      restart: async () => {
        await running.stop();
        running = await start();
        return running;
      },
    };
  }

  const readyz = async ({ httpAddress }: Broker): Promise<unknown> =>
    (await fetch(`http://${httpAddress}/readyz`)).json();

  test("is read behind the gaps that compaction leaves, in batches and between them", async () => {
    await server.create({ changes: 1 }, COMPACTED);
    await fillWithGaps("changes", "");
    const found = await keys("changes");
    for (let batch = 0; batch < 220; batch += 1) expect(found).toContain(`own ${batch}`);
    expect(found.slice(-4)).toEqual(["a", "b", "c", "d"]);
  });

  test("whose topic of schedules was compacted still has a scheduler that owns it", async () => {
    await server.create({ [SCHEDULE_TOPIC]: 1 }, COMPACTED);
    await fillWithGaps(SCHEDULE_TOPIC, "unknown:");
    const watermarks = new LogWatermarks({ log, group: "schedules", logger: SILENT, tasks: new Set(["task"]) });
    closers.push(() => watermarks.close());
    let owned = false;
    await watermarks.open(() => {
      owned ||= watermarks.owned;
    });
    await until(() => owned);
    expect(await watermarks.advance("task", undefined, { until: 1, plan: "p" })).toBe(true);
  });

  test("that lost one of a pool's topics has the other one read, and the lost one named, until it is there again", async () => {
    await server.create({ first: 1, gone: 1, "first-dlq": 1, "gone-dlq": 1 });
    const { broker: running } = await broker(["first", "gone"]);
    const worker = await StubWorker.at(running, "w");
    await log.append("first", [{ value: encoded({ id: "1".repeat(32) }) }]);
    await until(() => worker.taken.length === 1);
    await server.withAdmin((admin) => admin.deleteTopics({ topics: ["gone"] }));
    await until(async () => (await running.status()).unreadable.some(({ topic }) => topic === "gone"));
    for (let count = 0; count < 5; count += 1)
      await log.append("first", [{ value: encoded({ id: `${String(count).repeat(31)}a` }) }]);
    await until(() => worker.taken.length === 6);
    const status = await running.status();
    expect(status.unreadable).toMatchObject([{ topic: "gone", code: "topic_missing" }]);
    expect(status.topics.filter(({ topic, lag }) => topic === "gone" && lag !== null)).toEqual([]);
    expect(await readyz(running)).toMatchObject({ ready: true, degraded: [{ topic: "gone", code: "topic_missing" }] });
    await server.create({ gone: 1 });
    await log.append("gone", [{ value: encoded({ id: "f".repeat(32) }) }]);
    await until(() => worker.taken.length === 7);
    await until(async () => (await running.status()).unreadable.length === 0);
  });

  test("that lost the only copy of a partition takes and gives everything of the others, also to a broker that starts", async () => {
    await server.place("halves", [1, 2]);
    await server.create({ "halves-dlq": 1 });
    const { broker: running, restart } = await broker(["halves"]);
    await log.append("halves", [{ value: encoded({ id: "a".repeat(32) }) }]);
    await second.kill();
    const ids = Array.from({ length: 10 }, (_, index) => String(index).repeat(32));
    for (const id of ids) {
      const [position] = await log.append("halves", [{ value: encoded({ id }) }]);
      expect(position?.partition).toBe(0);
    }
    await until(async () => (await running.status()).unreadable.length === 1);
    const again = await restart();
    const worker = await StubWorker.at(again, "w");
    await until(() => ids.every((id) => worker.taken.includes(id)));
    // Until the cluster has noticed, the partition's node does not answer; then the partition has no leader.
    await until(async () => (await again.status()).unreadable.some(({ code }) => code === "no_leader"));
    const status = await again.status();
    expect(status.unreadable).toMatchObject([{ topic: "halves", partition: 1, code: "no_leader" }]);
    expect(status.topics.map(({ partition, lag }) => [partition, lag])).toContainEqual([0, 0]);
    expect(status.topics.filter(({ partition, lag }) => partition === 1 && lag !== null)).toEqual([]);
    expect(await readyz(again)).toMatchObject({ ready: true, degraded: [{ partition: 1, code: "no_leader" }] });
    // One with a key belongs to the lost partition, and says so.
    const keyed = await Promise.all(
      ids.map((id) => log.append("halves", [{ key: id, value: encoded({ id: `b${id.slice(1)}` }) }]).catch(String)),
    );
    expect(keyed.some((each) => String(each).includes('partition 1 of topic "halves" has no leader'))).toBe(true);
    expect(keyed.some((each) => Array.isArray(each))).toBe(true);
    await second.launch();
    await until(async () => (await again.status()).unreadable.length === 0);
    await until(async () => (await again.status()).topics.length === 2);
  });

  test("that freezes does not hold up the stop of a scheduler, which says what it left unfinished", async () => {
    await server.create({ ticks: 1 });
    const environment: EnvironmentModel = {
      name: "test",
      clusters: [cluster()],
      topics: [{ name: "ticks", cluster: "general", partitions: 1, deadLetter: "ticks-dlq", retry: "ticks" }],
      routes: [{ namespace: "*", topic: "ticks" }],
      pools: [],
    };
    const warnings: string[] = [];
    let started = 0;
    const service = await startScheduler({
      ...{ model: EVERY_SECOND, environment, dataFolder: "", started: () => (started += 1) },
      logger: { ...SILENT, warn: (message) => warnings.push(message) },
    });
    await until(() => started > 1);
    try {
      for (const node of [server, second]) node.freeze(true);
      // Its next slot is overdue: it is being appended.
      await until(() => (service.status().entries[0]?.next ?? Number.POSITIVE_INFINITY) < Date.now() - 1000);
      await service.stop();
    } finally {
      for (const node of [server, second]) node.freeze(false);
    }
    expect(warnings).toContain("the log does not answer; stopping without it");
  });
});
