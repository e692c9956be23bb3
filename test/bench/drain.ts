import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { childrenOf } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { microsecondsEach, peakMiB, type ThreadTimes, threadTimes } from "./processes.js";
import { bench, environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
/** Appended at a time, bytes. */
const BATCH_BYTES = 8 * 2 ** 20;

interface Drained {
  readonly unit: string;
  readonly rate: number;
  /** By process and thread. */
  readonly cpuMicrosecondsPerActivation: Readonly<Record<string, ThreadTimes>>;
  readonly peakResidentMiB: Readonly<Record<string, number>>;
}

/**
 * No-op activations from the log to settled, broker and worker as separate processes. `bytes`: of their parameters; `flags`: of
 * the broker; `beside`: begins what happens meanwhile, and resolves with what ends it.
 */
export async function drain(
  isolation: "none" | "process",
  count = 100_000,
  bytes = 0,
  on: EnvironmentModel = environment,
  flags: readonly string[] = [],
  beside: (broker: Running) => Promise<() => Promise<void>> = async () => async () => {},
): Promise<Drained> {
  await using harness = new ProcessHarness(on, HANDLERS);
  {
    await using client = await connect(on, { dataFolder: harness.data });
    void client;
    if (bytes === 0) await bench.noop.delayMany(Array.from({ length: count }, (_, n) => ({ n })));
    const batch = Math.max(1, Math.floor(BATCH_BYTES / Math.max(1, bytes)));
    const data = randomBytes(bytes);
    for (let sent = 0; bytes > 0 && sent < count; sent += batch) {
      await bench.blob.delayMany(Array.from({ length: Math.min(batch, count - sent) }, () => ({ data })));
    }
  }
  const broker = await harness.broker(...flags);
  const ending = beside(broker);
  const worker = await harness.worker("--isolation", isolation, "--concurrency", "64", "--children", "1");
  const [child] = childrenOf(worker.pid);
  const times = () => ({
    broker: threadTimes(broker.pid),
    worker: threadTimes(worker.pid),
    ...(child === undefined ? {} : { child: threadTimes(child) }),
  });
  const from = await until(async () => {
    const completed = (await harness.status()).ended.completed ?? 0;
    return completed > 0 ? { completed, at: performance.now(), times: times() } : undefined;
  }, 5);
  const at = await until(async () =>
    (await harness.status()).ended.completed === count ? performance.now() : undefined,
  );
  const done = count - from.completed;
  const after = times();
  await (await ending)();
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
