import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import { Bed, until } from "../support/bed.js";
import { bench, environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const COUNT = 100_000;

/** 100,000 no-op activations from the log to settled, broker and worker as separate processes. */
export async function drain(isolation: "none" | "process"): Promise<object> {
  await using bed = new Bed(environment, HANDLERS);
  {
    await using client = await connect(environment, { dataFolder: bed.data });
    void client;
    await bench.noop.delayMany(Array.from({ length: COUNT }, (_, n) => ({ n })));
  }
  await bed.broker();
  await bed.worker("--isolation", isolation, "--concurrency", "64", "--children", "1");
  const from = await until(async () => {
    const completed = (await bed.status()).ended.completed ?? 0;
    return completed > 0 ? { completed, at: performance.now(), usage: await bed.usage() } : undefined;
  }, 5);
  const at = await until(async () => ((await bed.status()).ended.completed === COUNT ? performance.now() : undefined));
  const usage = await bed.usage();
  const done = COUNT - from.completed;
  return {
    unit: "activations/s",
    rate: Math.round((done / (at - from.at)) * 1000),
    cpuMicrosecondsPerActivation: {
      broker: round(((usage[0]?.cpu ?? 0) - (from.usage[0]?.cpu ?? 0)) * (1e6 / done)),
      worker: round(((usage[1]?.cpu ?? 0) - (from.usage[1]?.cpu ?? 0)) * (1e6 / done)),
    },
    residentMiB: { broker: round(usage[0]?.rss ?? 0), worker: round(usage[1]?.rss ?? 0) },
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
