import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import { Bed, until } from "../support/bed.js";
import { childrenOf } from "../support/scene.js";
import { microsecondsEach, peakMiB, type ThreadTimes, threadTimes } from "./processes.js";
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
  const broker = await bed.broker();
  const worker = await bed.worker("--isolation", isolation, "--concurrency", "64", "--children", "1");
  const [child] = childrenOf(worker.pid);
  const times = () => ({
    broker: threadTimes(broker.pid),
    worker: threadTimes(worker.pid),
    ...(child === undefined ? {} : { child: threadTimes(child) }),
  });
  const from = await until(async () => {
    const completed = (await bed.status()).ended.completed ?? 0;
    return completed > 0 ? { completed, at: performance.now(), times: times() } : undefined;
  }, 5);
  const at = await until(async () => ((await bed.status()).ended.completed === COUNT ? performance.now() : undefined));
  const done = COUNT - from.completed;
  const after = times();
  const each = (before: ThreadTimes, now: ThreadTimes) => microsecondsEach(before, now, done);
  return {
    unit: "activations/s",
    rate: Math.round((done / (at - from.at)) * 1000),
    cpuMicrosecondsPerActivation: {
      broker: each(from.times.broker, after.broker),
      worker: each(from.times.worker, after.worker),
      ...(after.child === undefined ? {} : { child: each(from.times.child ?? {}, after.child) }),
    },
    peakResidentMiB: { broker: peakMiB(broker.pid), worker: peakMiB(worker.pid) },
  };
}
