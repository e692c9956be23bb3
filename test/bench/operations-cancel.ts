import { ProcessHarness } from "../support/harness/process-harness.js";
import { run } from "../support/processes/command.js";
import { until } from "../support/waiting.js";
import { fillDelayed } from "./fill.js";
import { peakMiB } from "./processes.js";
import { environment } from "./tasks.js";

const ROWS = Number(process.env.TASKWIRE_BENCH_ROWS ?? 1_000_000);
const PAYLOAD_BYTES = 100;
const DELAY_S = 6 * 3600;

/** Delayed activations that one command cancels, by a filter: how long it takes, from the command to its end. */
export async function operationsCancel(): Promise<object> {
  await using harness = new ProcessHarness(environment, "");
  const broker = await harness.broker();
  await fillDelayed(harness, ROWS, PAYLOAD_BYTES, DELAY_S);
  await until(async () => (await harness.status()).counts.delayed === ROWS, 200);
  const began = performance.now();
  const flags = ["--filter", "state:delayed", "--yes", "--json", "--broker", await harness.address()];
  const command = run(["activations", "cancel", ...flags]);
  await command.ended;
  const seconds = (performance.now() - began) / 1000;
  const { counts, ended } = await harness.status();
  if (counts.delayed > 0 || ended.cancelled !== ROWS)
    throw new Error(`${counts.delayed} are delayed, ${ended.cancelled} cancelled:\n${command.said()}`);
  return {
    unit: "activations/s",
    rows: ROWS,
    seconds: Math.round(seconds * 10) / 10,
    rate: Math.round(ROWS / seconds),
    limitSeconds: 30,
    peakResidentMiB: peakMiB(broker.pid),
  };
}
