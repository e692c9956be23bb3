import { kafkaLog } from "#runtime/log/kafka/log.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import type { KafkaServer } from "../../support/kafka/kafka-server.js";
import { until } from "../../support/waiting.js";
import { fillReady, readyRecords } from "../fill.js";
import { environment } from "../tasks.js";
import { PULLED, type PullRates, pullRates } from "./pull.js";
import { startRustBroker } from "./servers/rust-broker.js";

/** How many must be pending before the clients begin. */
const READY = 1000;
/** About what two numbers take. */
const BYTES = 8;

/** Our broker on the embedded log. */
export async function pullOurs(): Promise<PullRates> {
  await using harness = new ProcessHarness(environment, "");
  await fillReady(harness, PULLED, BYTES);
  await harness.broker();
  await until(async () => (await harness.status()).counts.pending >= READY);
  const rates = await pullRates("Taskwire", await harness.address());
  await until(async () => (await harness.status()).ended.completed === PULLED);
  return rates;
}

/** The Rust broker on a topic of its own. */
export async function pullRust(program: string, kafka: KafkaServer, topic: string): Promise<PullRates> {
  await kafka.create({ [topic]: 1, [`${topic}-dlq`]: 1 });
  const cluster = { name: "kafka", kind: "kafka", brokers: [kafka.address()], tls: false } as const;
  const log = kafkaLog({ cluster, environment: "bench" });
  await log.append(topic, readyRecords(PULLED, BYTES));
  await log.close();
  await using broker = await startRustBroker(program, kafka.address(), topic);
  return await pullRates("the Rust broker", broker.address);
}
