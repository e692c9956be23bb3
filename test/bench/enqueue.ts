import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { openLog } from "#runtime/log/open.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { bench, environment } from "./tasks.js";

const ONE_BY_ONE = 2000;
const AT_ONCE = 50;
const ROUNDS = 400;
const BULK = 100_000;

/**
 * `.delay()` and `.delayMany()` into the embedded log, each acknowledged after its fsync; then the log alone: records of
 * 1 KiB appended 1000 at a time, read back and trimmed, with the CPU of the whole process for each record.
 */
export async function enqueue(): Promise<object> {
  await using harness = new ProcessHarness(environment, "");
  return { ...(await sends(environment, harness.data)), logOfKibibytes: await logAlone(harness.data) };
}

/** One call after the other, fifty callers at once, and all in one call. */
export async function sends(on: EnvironmentModel, dataFolder: string): Promise<object> {
  await using client = await connect(on, { dataFolder });
  void client;
  await bench.noop.delay({ n: 0 });

  const oneByOne = await rate(ONE_BY_ONE, async () => {
    for (let n = 0; n < ONE_BY_ONE; n += 1) await bench.noop.delay({ n });
  });
  const atOnce = await rate(ROUNDS * AT_ONCE, async () => {
    let n = 0;
    const caller = async () => {
      while (n < ROUNDS * AT_ONCE) {
        n += 1;
        await bench.noop.delay({ n });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, caller));
  });
  const rows = Array.from({ length: BULK }, (_, n) => ({ n }));
  const bulk = await rate(BULK, () => bench.noop.delayMany(rows));
  return { unit: "activations/s", oneByOne, fiftyAtOnce: atOnce, bulk };
}

async function logAlone(data: string): Promise<object> {
  const [cluster] = environment.clusters;
  if (cluster === undefined) throw new Error("no cluster");
  const log = await openLog(cluster, data);
  const batch = Array.from({ length: 1000 }, () => ({ value: Buffer.alloc(1024, 97) }));
  const append = await cost(BULK, async () => {
    for (let count = 0; count < BULK; count += batch.length) await log.append("kibibytes", batch);
  });
  const reader = log.read(["kibibytes"], { group: "bench", journal: "bench" });
  const read = await cost(BULK, async () => {
    let epoch = 0;
    let next = 0;
    for await (const event of reader) {
      if (event.kind === "assigned") epoch = event.epoch;
      if (event.kind === "batch") next += event.records.length;
      if (next === BULK) break;
      if (next % 10_000 < 1000 && next > 0) {
        await reader.commit([
          { topic: "kibibytes", partition: 0, epoch, offset: next, unsettled: next, journalCommit: "" },
        ]);
      }
    }
  });
  await log.close();
  return { append, readAndTrim: read };
}

async function cost(count: number, run: () => Promise<unknown>): Promise<object> {
  const before = process.cpuUsage();
  const perSecond = await rate(count, run);
  const { user, system } = process.cpuUsage(before);
  return { perSecond, cpuMicroseconds: Math.round(((user + system) / count) * 100) / 100 };
}

async function rate(count: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return Math.round((count / (performance.now() - start)) * 1000);
}
