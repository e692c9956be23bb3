import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bareCluster, kafkaClient } from "#runtime/log/kafka/connection/client.js";
import { ReaderSockets, Sockets } from "#runtime/log/kafka/connection/sockets.js";
import { Membership } from "#runtime/log/kafka/group/membership.js";
import { type KafkaLog, kafkaLog } from "#runtime/log/kafka/log.js";
import { KafkaReader } from "#runtime/log/kafka/read/reader.js";
import { type Assigned, type LogReader, type ReadOptions, StaleEpochError } from "#runtime/log/port.js";
import { numbered, ReaderProbe, records, text } from "../conformance/log-support.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";

const SESSION_MS = 3000;
const STUCK_MS = 2000;
/** The number of Kafka's Fetch request. */
const FETCH = 1;

describe.skipIf(NO_KAFKA !== undefined)(`readers of Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  let log: KafkaLog;

  const general = () => ({ name: "general", kind: "kafka", brokers: [server.address()], tls: false }) as const;
  const open = () =>
    kafkaLog({
      cluster: general(),
      environment: "saas",
      sessionMs: SESSION_MS,
    });
  const read = (topic: string, options: Partial<ReadOptions> = {}) =>
    log.read([topic], { group: `group of ${topic}`, journal: "journal-1", ...options });
  const commitOf = (event: Assigned, offset: number) => {
    const { topic, partition, epoch } = event;
    return { topic, partition, epoch, offset, unsettled: offset, journalCommit: "" };
  };

  /** Client ids of the group's members. */
  const members = (topic: string) =>
    server.withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([`group of ${topic}`]);
      return groups.flatMap((group) => group.members.map(({ clientId }) => clientId));
    });

  /** A reader whose fetches get lost on their way, and nothing else, until its first connections are given up. */
  const readLossy = (topic: string, alert: (message: string) => void) => {
    const cluster = general();
    const clientId = "taskwire.lossy.general";
    const group = `group of ${topic}`;
    const sockets = new ReaderSockets();
    let isSound = false;
    const factory: typeof sockets.factory = (place) => {
      const socket = sockets.factory(place);
      if (isSound) return socket;
      socket.once("close", () => {
        isSound = true;
      });
      const write = socket.write.bind(socket);
      // A request is its size and then its number.
      return Object.assign(socket, {
        write: (request: Buffer) => request.readInt16BE(4) === FETCH || write(request),
      });
    };
    const kafka = kafkaClient(cluster, { clientId, sockets: { watched: false, factory } });
    return new KafkaReader(
      { cluster: bareCluster(kafka, group), clientId, sockets },
      { cluster, environment: "saas" },
      [topic],
      { group, journal: "lossy", alert, sessionMs: SESSION_MS, stallMs: STUCK_MS },
      () => {},
    );
  };

  const deleteBelow = (topic: string, offset: string) =>
    server.withAdmin(async (admin) => {
      // It knows the topic then.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
    });

  beforeAll(async () => {
    server = await KafkaServer.start({ properties: ["log.retention.check.interval.ms=500"] });
    log = open();
  }, 300_000);
  afterAll(async () => {
    await log?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test("a second reader gets its share when the first has finished, which may store its positions until then", async () => {
    await server.create({ split: 2 });
    const first = new ReaderProbe(read("split"));
    const before = [await first.assigned(), await first.assigned()];
    const second = new ReaderProbe(read("split", { journal: "journal-2" }));
    const theirs = second.assigned();
    const revoked = [await first.event(), await first.event()];
    expect(revoked.map(({ kind }) => kind)).toEqual(["revoked", "revoked"]);
    // It is in its consumer's hands: the group waits.
    await first.reader.commit(before.map((assigned) => commitOf(assigned, 0)));
    const ours = await first.assigned();
    const [gone] = before.filter(({ partition }) => partition !== ours.partition);
    expect((await theirs).partition).toBe(gone?.partition);
    expect((await theirs).share?.journal).toBe("journal-1");
    if (gone !== undefined) await expect(first.reader.commit([commitOf(gone, 0)])).rejects.toThrow(StaleEpochError);
    await first.reader.commit([commitOf(ours, 0)]);
    await Promise.all([first.reader.close(), second.reader.close()]);
  });

  test("a reader that is closed while it waits for the others holds nobody up", async () => {
    await server.create({ left: 1 });
    const first = new ReaderProbe(read("left"));
    const assigned = await first.assigned();
    const second = read("left", { journal: "journal-2" });
    await until(async () => (await members("left")).length === 2);
    await second.close();
    expect(await members("left")).toEqual(["taskwire.journal-1.general"]);
    // It has not asked for the next event in all this time, so the group has waited for it.
    await first.reader.commit([commitOf(assigned, 0)]);
    expect((await first.event()).kind).toBe("revoked");
    expect((await first.assigned()).epoch).toBeGreaterThan(assigned.epoch);
    await first.reader.close();
  });

  test("the previous process of a journal is dead: the group does not wait until its session is over", async () => {
    await server.create({ again: 1 });
    const clientId = "taskwire.journal-1.general";
    const cluster = general();
    const dead = bareCluster(kafkaClient(cluster, { sockets: new Sockets(), clientId }), "group of again");
    await dead.connect();
    await dead.addTargetTopic("again");
    await new Membership(dead, clientId, "group of again", ["again"], 600_000).join([]);
    await dead.disconnect();
    const reading = new ReaderProbe(read("again"));
    await reading.assigned();
    await reading.reader.close();
    expect(await members("again")).toEqual([]);
  });

  test("a consumer that does not ask for the next event stays a member, and is given no more meanwhile", async () => {
    await server.create({ held: 1 });
    await log.append("held", numbered(10));
    const reading = new ReaderProbe(read("held"));
    const assigned = await reading.assigned();
    await reading.take(10);
    // Longer than a session.
    const end = Date.now() + SESSION_MS * 2;
    while (Date.now() < end) await log.everRead("held", "group of held");
    await reading.reader.commit([commitOf(assigned, 10)]);
    await reading.reader.close();
  });

  test("a reader that was silent for longer than its session is fenced, is notified, and reads on", async () => {
    await server.create({ silent: 1 });
    await log.append("silent", numbered(3));
    const reading = new ReaderProbe(read("silent"));
    const assigned = await reading.assigned();
    await reading.take(3);
    server.freeze(true);
    // The event loop stands still, as in a process that was stopped.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    server.freeze(false);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SESSION_MS * 2);
    await expect(reading.reader.commit([commitOf(assigned, 3)])).rejects.toThrow(StaleEpochError);
    expect((await reading.event()).kind).toBe("revoked");
    const again = await reading.assigned();
    expect([again.epoch > assigned.epoch, again.committed]).toEqual([true, undefined]);
    expect((await reading.take(3)).map(text)).toEqual(["0", "1", "2"]);
    await reading.reader.close();
  });

  test("continue after a restart of Kafka, from where they were, and so do appends", async () => {
    await server.create({ restarted: 1 });
    await log.append("restarted", numbered(5));
    const reading = new ReaderProbe(read("restarted"));
    const seen: string[] = [];
    const all = (async () => {
      let assigned: Assigned | undefined;
      while (seen.length < 10) {
        const event = await reading.event();
        if (event.kind === "assigned") assigned = event;
        if (event.kind === "batch") seen.push(...event.records.map(text));
        if (event.kind === "batch" && assigned !== undefined)
          await reading.reader.commit([commitOf(assigned, seen.length)]).catch(() => {});
      }
    })();
    await until(() => seen.length === 5);
    await server.kill();
    const launched = server.launch();
    const appended = (async () => {
      for (;;) {
        try {
          return await log.append("restarted", numbered(5, 5));
        } catch {
          // Kafka is away.
        }
      }
    })();
    await launched;
    await appended;
    await all;
    expect(seen.slice(0, 5)).toEqual(["0", "1", "2", "3", "4"]);
    expect([...new Set(seen)].sort()).toEqual(numbered(10).map(text));
    await reading.reader.close();
  }, 120_000);

  test("a topic that was created again is another log: it is read from its start, with an alert", async () => {
    await server.create({ anew: 1 });
    await log.append("anew", numbered(5));
    const before = new ReaderProbe(read("anew"));
    const assigned = await before.assigned();
    await before.take(5);
    await before.reader.commit([commitOf(assigned, 5)]);
    await before.reader.close();
    await server.withAdmin((admin) => admin.deleteTopics({ topics: ["anew"] }));
    await until(async () => !(await server.withAdmin((admin) => admin.listTopics())).includes("anew"));
    await server.create({ anew: 1 });
    await log.append("anew", records("a", "b", "c", "d", "e", "f"));
    const after = new ReaderProbe(read("anew"));
    const again = await after.assigned();
    expect([again.logId === assigned.logId, again.committed]).toEqual([false, undefined]);
    expect((await after.take(6)).map(text)).toEqual(["a", "b", "c", "d", "e", "f"]);
    await after.reader.close();
  });

  test("a position below what the topic keeps goes to the earliest record, never to the latest, with an alert", async () => {
    await server.create({ trimmed: 1 });
    await log.append("trimmed", numbered(10));
    const before = new ReaderProbe(read("trimmed"));
    await before.reader.commit([commitOf(await before.assigned(), 2)]);
    await before.reader.close();
    await deleteBelow("trimmed", "6");
    const alerts: string[] = [];
    const after = new ReaderProbe(read("trimmed", { alert: (message) => alerts.push(message) }));
    expect(await after.assigned()).toMatchObject({ first: 6, share: { from: 6 } });
    expect((await after.take(4)).map(text)).toEqual(["6", "7", "8", "9"]);
    expect(alerts.join()).toContain("deleted records before they were read");
    await after.reader.close();
  });

  test("records that wait while none come: the connections are made again, with an alert", async () => {
    await server.create({ stuck: 1 });
    await log.append("stuck", numbered(3));
    const alerts: string[] = [];
    const reading = new ReaderProbe(readLossy("stuck", (message) => alerts.push(message)));
    await reading.assigned();
    expect((await reading.event()).kind).toBe("revoked");
    expect(alerts).toEqual(["records are waiting, but none arrive; reconnecting"]);
    await reading.assigned();
    expect((await reading.take(3)).map(text)).toEqual(["0", "1", "2"]);
    await reading.reader.close();
  });

  test("the time in which a consumer wanted no records is not taken for waiting", async () => {
    await server.create({ paused: 1 });
    let alerted = 0;
    const reader = readLossy("paused", () => {
      alerted = performance.now();
    });
    reader.pause("paused");
    const reading = new ReaderProbe(reader);
    await reading.assigned();
    await log.append("paused", numbered(3));
    const end = performance.now() + STUCK_MS * 2;
    while (performance.now() < end) await log.everRead("paused", "group of paused");
    const resumed = performance.now();
    reader.resume("paused");
    expect((await reading.event()).kind).toBe("revoked");
    // A busy machine makes it later, never sooner.
    expect(alerted - resumed).toBeGreaterThan(STUCK_MS / 2);
    await reader.close();
  });

  test("an offset that goes out of range while reading is looked up again", async () => {
    await server.create({ moved: 1 });
    await log.append("moved", numbered(10));
    const alerts: string[] = [];
    const reader: LogReader = read("moved", { alert: (message) => alerts.push(message) });
    reader.pause("moved");
    const reading = new ReaderProbe(reader);
    await reading.assigned();
    await log.everRead("moved", "group of moved");
    await deleteBelow("moved", "7");
    await log.append("moved", numbered(1, 10));
    reader.resume("moved");
    const seen: string[] = [];
    while (!seen.includes("10")) {
      const event = await reading.event();
      if (event.kind === "batch") seen.push(...event.records.map(text));
    }
    expect(seen.slice(-4)).toEqual(["7", "8", "9", "10"]);
    await reading.reader.close();
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])("batches that Kafka packed with %s are read", async (codec) => {
    await server.create({ [`packed-${codec}`]: 1 }, { "compression.type": codec });
    const large = { value: Buffer.alloc(700_000, "taskwire ") };
    await log.append(`packed-${codec}`, [...numbered(200), large]);
    const reading = new ReaderProbe(read(`packed-${codec}`));
    await reading.assigned();
    const taken = await reading.take(201);
    expect(taken.slice(0, 200).map(text)).toEqual(numbered(200).map(text));
    expect(Buffer.from(taken[200]?.value ?? []).equals(large.value)).toBe(true);
    await reading.reader.close();
  });

  test("many appends at once become few requests, each of one partition, and keys decide where theirs go", async () => {
    await server.create({ many: 4 });
    const positions = (
      await Promise.all(Array.from({ length: 500 }, (_, index) => log.append("many", numbered(1, index))))
    ).flat();
    const places = new Set(positions.map(({ partition, offset }) => `${partition}/${offset}`));
    expect(places.size).toBe(500);
    const keyed = await log.append("many", [
      { key: "a", value: Buffer.from("1") },
      { key: "b", value: Buffer.from("2") },
      { key: "a", value: Buffer.from("3") },
    ]);
    expect(keyed[0]?.partition).toBe(keyed[2]?.partition);
  });

  test("a topic that does not exist is named with what to do, by append and by read", async () => {
    const message = `topic "nowhere" does not exist on cluster "general" (${server.address()}); run taskwire topics --env saas --create`;
    await expect(log.append("nowhere", records("a"))).rejects.toMatchObject({ code: "topic_missing", message });
    const reading = new ReaderProbe(read("nowhere"));
    await expect(reading.event()).rejects.toMatchObject({ code: "topic_missing", message });
    await reading.reader.close();
    await server.create({ nowhere: 1 });
    await log.append("nowhere", records("a"));
  });
});
