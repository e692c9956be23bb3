import { join } from "node:path";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { fillDelayed } from "./fill.js";
import { fileMiB, peakMiB } from "./processes.js";
import { environment } from "./tasks.js";

const ROWS = Number(process.env.TASKWIRE_BENCH_ROWS ?? 1_000_000);
/** With the head of the activation 1 KiB. */
const PAYLOAD_BYTES = 920;
const DELAY_S = 6 * 3600;

/** 1,000,000 delayed activations of 1 KiB through log and broker: memory, files, and how soon it serves after kill -9. */
export async function brokerDelayed(): Promise<object> {
  await using harness = new ProcessHarness(environment, "");
  const first = await harness.broker();
  const from = performance.now();
  await fillDelayed(harness, ROWS, PAYLOAD_BYTES, DELAY_S);
  const appended = performance.now();
  await until(async () => (await harness.status()).counts.delayed === ROWS, 200);
  const taken = performance.now();
  const peak = peakMiB(first.pid);
  const size = (name: string) => fileMiB(join(harness.data, name));
  const files = {
    log: size("log.db"),
    logAhead: size("log.db-wal"),
    inflight: size("default.inflight.db"),
    inflightAhead: size("default.inflight.db-wal"),
  };
  await first.kill();
  const killed = performance.now();
  const second = await harness.broker();
  await harness.status();
  const served = performance.now();
  // What the kill took from the journal comes again from the log.
  await until(async () => (await harness.status()).counts.delayed === ROWS, 200);
  return {
    rows: ROWS,
    appendSeconds: seconds(appended - from),
    takenSeconds: seconds(taken - from),
    peakResidentMiB: peak,
    filesMiB: files,
    servingAfterKillSeconds: seconds(served - killed),
    peakResidentAfterStartMiB: peakMiB(second.pid),
  };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
