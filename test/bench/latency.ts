import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { bench, environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const SAMPLES = 300;
const PAUSE_MS = 10;

/** Idle `.delay()` -> handler starts. `together`: broker and worker in one process; `apart`: broker, worker and child. */
export async function latency(topology: "together" | "apart", on: EnvironmentModel = environment): Promise<object> {
  await using harness = new ProcessHarness(on, HANDLERS);
  if (topology === "together") await harness.dev("--isolation", "none", "--concurrency", "8");
  else {
    await harness.broker();
    await harness.worker("--isolation", "process", "--concurrency", "8", "--children", "1");
  }
  await using client = await connect(on, { dataFolder: harness.data });
  void client;
  const appends: number[] = [];
  const sample = async () => {
    const start = performance.now();
    await bench.stamp.delay({ sent: Number(process.hrtime.bigint()) });
    appends.push(performance.now() - start);
    await wait(PAUSE_MS);
  };
  for (let index = 0; index < 30; index += 1) await sample();
  await reported(harness, "warm.json");
  appends.length = 0;
  for (let index = 0; index < SAMPLES; index += 1) await sample();
  return { unit: "ms", start: quantiles(await reported(harness, "latencies.json")), append: quantiles(appends) };
}

async function reported(harness: ProcessHarness, name: string): Promise<number[]> {
  const file = join(harness.data, name);
  await bench.report.delay({ file });
  await until(async () => (existsSync(file) ? true : undefined));
  return JSON.parse(readFileSync(file, "utf8"));
}

function quantiles(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}
