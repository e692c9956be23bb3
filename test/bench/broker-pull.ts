import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { PullClient } from "./pull-client.js";
import { bench, environment } from "./tasks.js";

const COUNT = 40_000;
const WARM = 4000;
const CLIENTS = 16;

/**
 * No-op activations over the taskbroker protocol: clients of this process, each on its own connection, say SetTaskStatus with
 * fetch_next_task; the broker, in another process, has up to `pending` of them pending. The first `warm` are not measured.
 */
export async function brokerPull(pending: number, clientCount = CLIENTS, count = COUNT, warm = WARM): Promise<object> {
  const pools = environment.pools.map((pool) => ({ ...pool, maxPendingCount: pending }));
  const topology: EnvironmentModel = { ...environment, pools };
  await using harness = new ProcessHarness(topology, "");
  {
    await using client = await connect(topology, { dataFolder: harness.data });
    void client;
    await bench.noop.delayMany(Array.from({ length: count }, (_, n) => ({ n })));
  }
  await harness.broker();
  await until(async () => (await harness.status()).counts.pending >= pending);
  const address = await harness.address();
  const clients = Array.from({ length: clientCount }, () => new PullClient(address, "bench"));
  const latencies: number[] = [];
  let done = 0;
  const started = { at: 0, cpu: 0, own: 0 };
  const cpu = async () => (await harness.usage())[0]?.cpu ?? 0;
  const own = () => process.cpuUsage();
  const work = async (client: PullClient) => {
    for (let task = await client.getTask(); task !== undefined; ) {
      const from = performance.now();
      task = await client.complete(task.id);
      latencies.push(performance.now() - from);
      done += 1;
      if (done === warm) {
        const { user, system } = own();
        Object.assign(started, { at: performance.now(), own: user + system });
        latencies.length = 0;
        started.cpu = await cpu();
      }
    }
  };
  await Promise.all(clients.map(work));
  const elapsed = performance.now() - started.at;
  const { user, system } = own();
  const measured = done - warm;
  const [broker] = await harness.usage();
  for (const client of clients) client.close();
  const completed = await until(async () => (await harness.status()).ended.completed === count);
  return {
    unit: "activations/s",
    rate: Math.round((measured / elapsed) * 1000),
    complete: completed && done === count,
    milliseconds: quantiles(latencies),
    cpuMicrosecondsPerActivation: {
      broker: Math.round((((broker?.cpu ?? 0) - started.cpu) / measured) * 1e6),
      clients: Math.round((user + system - started.own) / measured),
    },
    residentMiB: Math.round(broker?.rss ?? 0),
  };
}

function quantiles(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}
