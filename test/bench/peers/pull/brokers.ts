import { kafkaLog } from "#runtime/log/kafka/log.js";
import { ProcessHarness } from "../../../support/harness/process-harness.js";
import type { KafkaServer } from "../../../support/kafka/kafka-server.js";
import { until } from "../../../support/waiting.js";
import { fillReady, readyRecords } from "../../fill.js";
import { environment } from "../../tasks.js";
import { startRustBroker } from "../servers/rust-broker.js";
import { PYTHON_RUNS, pythonRate } from "./python.js";
import { PULLED, type PullRates, pullRates } from "./rates.js";

const OURS = "Taskwire";
const RUST = "the Rust broker";
/** How many must be pending before the clients begin. */
const READY = 1000;
/** About what two numbers take. */
const BYTES = 8;

/** Our broker on the embedded log. `python`: the interpreter that has Python's worker. */
export async function pullOurs(python: string | undefined): Promise<PullRates> {
  const rates = await onOurs(PULLED, (address) => pullRates(OURS, address));
  if (python === undefined) return rates;
  return { ...rates, python: await onOurs(PYTHON_RUNS, (address) => pythonRate(OURS, python, address)) };
}

async function onOurs<Found>(count: number, measure: (address: string) => Promise<Found>): Promise<Found> {
  await using harness = new ProcessHarness(environment, "");
  await fillReady(harness, count, BYTES);
  await harness.broker();
  await until(async () => (await harness.status()).counts.pending >= READY);
  const found = await measure(await harness.address());
  await until(async () => (await harness.status()).ended.completed === count);
  return found;
}

/** The Rust broker on topics of its own. */
export async function pullRust(
  program: string,
  kafka: KafkaServer,
  topic: string,
  python: string | undefined,
): Promise<PullRates> {
  const rates = await onRust(program, kafka, topic, PULLED, (address) => pullRates(RUST, address));
  if (python === undefined) return rates;
  const measure = (address: string) => pythonRate(RUST, python, address);
  return { ...rates, python: await onRust(program, kafka, `${topic}-python`, PYTHON_RUNS, measure) };
}

async function onRust<Found>(
  program: string,
  kafka: KafkaServer,
  topic: string,
  count: number,
  measure: (address: string) => Promise<Found>,
): Promise<Found> {
  await kafka.create({ [topic]: 1, [`${topic}-dlq`]: 1 });
  const cluster = { name: "kafka", kind: "kafka", brokers: [kafka.address()], tls: false } as const;
  const log = kafkaLog({ cluster, environment: "bench" });
  await log.append(topic, readyRecords(count, BYTES));
  await log.close();
  await using broker = await startRustBroker(program, kafka.address(), topic);
  return await measure(broker.address);
}
