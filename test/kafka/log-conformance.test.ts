import { afterAll, beforeAll, describe } from "vitest";
import { kafkaLog } from "#runtime/log/kafka/log.js";
import { exerciseLog } from "../conformance/log-conformance.js";
import { renamedLog } from "../conformance/renamed-log.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";

const MOST_BYTES = 8 * 1024 * 1024;
/** Bytes of a batch with one record of that size, without key and headers. */
const OVERHEAD_BYTES = 61 + 4 + 1 + 1 + 1 + 1 + 4 + 1;

describe.skipIf(NO_KAFKA !== undefined)(
  `Kafka ${KAFKA_VERSION}${NO_KAFKA === undefined ? "" : `: ${NO_KAFKA}`}`,
  () => {
    let server: KafkaServer;
    let tests = 0;

    beforeAll(async () => {
      server = await KafkaServer.start();
    }, 300_000);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
    });

    exerciseLog("kafka", {
      largestRecord: MOST_BYTES - OVERHEAD_BYTES,
      time: Date.now,
      lacks: {
        deleting: "Kafka deletes by the settings of the topic",
        revocation: "Kafka takes partitions away by a rebalance of the group: test/kafka/groups.test.ts",
        takeover: "a second reader joins the group, which decides who reads: test/kafka/groups.test.ts",
        mark: "Kafka knows a topic as read from its first stored position on",
        uniqueKeys: "Kafka has no unique keys",
      },
      async make({ partitions }) {
        tests += 1;
        const prefix = `test${tests}.`;
        await server.create(
          { [`${prefix}orders`]: 1, [`${prefix}mails`]: 1, [`${prefix}wide`]: partitions },
          { "max.message.bytes": String(MOST_BYTES) },
        );
        const open = () =>
          kafkaLog({
            cluster: { name: "general", kind: "kafka", brokers: [server.address()], tls: false },
            environment: "test",
          });
        let log = open();
        return {
          log: renamedLog(log, prefix),
          async reopen() {
            log = open();
            return renamedLog(log, prefix);
          },
          async cleanUp() {
            await log.close();
          },
        };
      },
    });
  },
);
