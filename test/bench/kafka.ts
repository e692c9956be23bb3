import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentModel } from "taskwire/model";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { drain } from "./drain.js";
import { sends } from "./enqueue.js";
import { latency } from "./latency.js";
import { environment } from "./tasks.js";

/** The figures of `measure` for a real Kafka of one node, whose topic has this many partitions. */
async function onKafka(partitions: number, measure: (on: EnvironmentModel) => Promise<object>): Promise<object> {
  if (NO_KAFKA !== undefined) return { skipped: NO_KAFKA };
  await using server = await KafkaServer.start();
  await server.create({ bench: partitions, "bench-dlq": 1 });
  const clusters = [{ name: "local", kind: "kafka", brokers: [server.address()], tls: false }] as const;
  const topics = environment.topics.map((topic) => ({ ...topic, partitions }));
  return { kafka: KAFKA_VERSION, partitions, ...(await measure({ ...environment, clusters, topics })) };
}

/** `.delay()` and `.delayMany()`, each acknowledged by Kafka (acks of all replicas). */
export function kafkaEnqueue(partitions: number): Promise<object> {
  return onKafka(partitions, async (on) => {
    const data = mkdtempSync(join(tmpdir(), "taskwire-bench-"));
    try {
      return await sends(on, data);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
}

/** No-ops from the log to settled, through one broker and one worker, each in its process. */
export function kafkaStream(partitions: number): Promise<object> {
  return onKafka(partitions, (on) => drain("none", 100_000, 0, on));
}

/** Idle `.delay()` -> handler starts: producer, Kafka, broker, worker and child are processes of their own. */
export function kafkaLatency(): Promise<object> {
  return onKafka(1, (on) => latency("apart", on));
}
