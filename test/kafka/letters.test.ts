import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { kafkaLog } from "#runtime/log/kafka/log.js";
import type { Log } from "#runtime/log/port.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { letterRecord } from "../support/letters.js";

const PARTITIONS = 3;

describe.skipIf(NO_KAFKA !== undefined)(
  `dead letters on Kafka ${KAFKA_VERSION}${NO_KAFKA === undefined ? "" : `: ${NO_KAFKA}`}`,
  () => {
    let server: KafkaServer;
    let log: Log;

    beforeAll(async () => {
      server = await KafkaServer.start();
      await server.create({ work: 2, [DEAD]: PARTITIONS });
      log = kafkaLog({
        cluster: { name: "main", kind: "kafka", brokers: [server.address()], tls: false },
        environment: "test",
      });
    }, 300_000);
    afterAll(async () => {
      await log?.close();
      await server?.[Symbol.asyncDispose]();
    });

    test("are read from every partition, and each marker is in the partition of its letter, for every broker to see", async () => {
      await using one = new LettersHarness({}, log);
      await using two = new LettersHarness({}, log);
      const count = 30;
      const places = await one.append(...Array.from({ length: count }, (_, number) => letterRecord(number)));
      expect(new Set(places.map((place) => place.split("/")[1])).size).toBe(PARTITIONS);
      expect((await one.list()).letters).toHaveLength(count);
      expect((await two.list()).letters).toHaveLength(count);

      const [first = "", second = "", ...rest] = places;
      expect((await one.replay({ places: [first] })).counts).toEqual({ replayed: 1 });
      expect((await two.replay({ places: [first] })).counts).toEqual({ already: 1 });
      expect((await two.purge({ places: [second] })).counts).toEqual({ purged: 1 });
      expect((await one.list()).counts).toEqual({ open: count - 2, replayed: 1, purged: 1 });
      // Two brokers at once: each letter gets one id, by which the copy is dropped where it is read.
      const [own, other] = await Promise.all([one.replay({ places: rest }), two.replay({ places: rest }, "bob")]);
      const ids = [own, other].map(({ outcomes }) => outcomes.flatMap(({ id }) => id ?? []));
      const replays = (await one.records("work")).map(({ value }) => decodeActivation(value).id);
      expect(new Set([...replays]).size).toBe(count - 1);
      expect(new Set(ids.flat()).size).toBe(count - 2);
      expect((await two.list()).counts).toEqual({ open: 0, replayed: count - 1, purged: 1 });

      for (const { partition, first: from } of await log.partitions(DEAD)) {
        const { records } = await log.browse(DEAD, partition, from, 1000);
        const keys = new Set(records.filter(({ tombstone }) => tombstone !== true).map(({ key }) => key));
        for (const { key, tombstone } of records) if (tombstone === true) expect(keys.has(key)).toBe(true);
      }
    });

    test("are found in a topic that does not exist yet as unreadable, and as letters once it is there", async () => {
      const topic = { name: "late", cluster: "main", partitions: 1, deadLetter: "late-dlq", retry: "late" };
      await using harness = new LettersHarness({ topics: [topic] }, log);
      const before = Object(await harness.ask("ListLetters"));
      expect(before.unreadable).toMatchObject([{ topic: "late-dlq" }]);
      await server.create({ "late-dlq": 1 });
      await log.append("late-dlq", [letterRecord(0)]);
      expect((await harness.list()).letters).toMatchObject([{ id: "a0", place: "late-dlq/0/0" }]);
    });
  },
);
