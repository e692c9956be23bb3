import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import { BrokerClient } from "#runtime/front/broker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { atMost } from "./budgets.js";
import type { Aborted } from "./handlers.js";
import { bench, environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const RUNS = 200;
/** A broker takes 20 changes a second. */
const PAUSE_MS = 60;

/** Cancels running activations one by one: the time from the call to the AbortSignal of its run, in another process. */
export async function operationsSignal(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  await harness.broker();
  await harness.worker("--isolation", "process", "--concurrency", String(RUNS + 1), "--children", "1");
  await using client = await connect(environment, { dataFolder: harness.data });
  void client;
  const ids: string[] = [];
  for (let n = 0; n < RUNS; n += 1) ids.push((await bench.waits.delay({ n })).id);
  await until(async () => (await harness.status()).counts.processing === RUNS);
  const operator = new BrokerClient(await harness.address(), { security: {}, actor: "ann", patience: 10_000 });
  const asked: bigint[] = [];
  const looks: number[] = [];
  for (const id of ids) {
    const begun = performance.now();
    await operator.ask("Jobs", {});
    looks.push(performance.now() - begun);
    asked.push(process.hrtime.bigint());
    await operator.ask("Cancel", { ids: [id] });
    await wait(PAUSE_MS);
  }
  operator.close();
  const file = join(harness.data, "aborted.json");
  await bench.aborts.delay({ file });
  await until(async () => existsSync(file));
  const aborted: Aborted[] = JSON.parse(readFileSync(file, "utf8"));
  const times = aborted.map(({ n, at }) => Number(BigInt(at) - (asked[n] ?? 0n)) / 1e6);
  if (times.length !== RUNS) throw new Error(`${times.length} of ${RUNS} runs were told`);
  const { p99 } = quantiles(times);
  return {
    unit: "ms from the call to the AbortSignal",
    ...quantiles(times),
    // What the machine's other work adds shows here, too.
    "a call that only looks": quantiles(looks),
    budgets: [atMost("cancel of a running activation to its AbortSignal, p99", p99, 100, "ms")],
  };
}

function quantiles(times: readonly number[]): { readonly p50: number; readonly p99: number; readonly longest: number } {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10;
  return { p50: at(0.5), p99: at(0.99), longest: at(1) };
}
