import { randomBytes } from "node:crypto";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { newId } from "#runtime/base/ids.js";
import { openLog } from "#runtime/log/open.js";
import type { LogRecord } from "#runtime/log/port.js";
import type { ProcessHarness } from "../support/harness/process-harness.js";
import { bytesParameter } from "./tasks.js";

const BATCH = 1000;

/** Appends this many no-ops of about `bytes` as encoded, all received at the same moment and delayed by `delay` seconds. */
export async function fillDelayed(
  harness: ProcessHarness,
  count: number,
  bytes: number,
  delay: number,
): Promise<number> {
  const receivedAt = await fill(harness, count, { bytes, delay });
  return receivedAt + delay * 1000;
}

/** Appends this many no-ops of about `bytes` as encoded that are due at once. */
export async function fillReady(harness: ProcessHarness, count: number, bytes: number): Promise<void> {
  await fill(harness, count, { bytes, delay: undefined });
}

/** Appends this many no-ops that may start at most once. */
export async function fillAtMostOnce(harness: ProcessHarness, count: number): Promise<void> {
  await fill(harness, count, { bytes: 10, delay: undefined, retry: { ...NO_RETRY_STATE, atMostOnce: true } });
}

interface Filling {
  readonly bytes: number;
  /** Seconds. */
  readonly delay: number | undefined;
  readonly retry?: typeof NO_RETRY_STATE;
}

/** Records of no-ops of about `bytes` as encoded, received now, which differ only in their ids. */
export function readyRecords(count: number, bytes: number): LogRecord[] {
  const record = recordOf({ bytes, delay: undefined }, Date.now());
  return Array.from({ length: count }, record);
}

/** Returns when all of them were received. */
async function fill(harness: ProcessHarness, count: number, filling: Filling): Promise<number> {
  const [cluster] = harness.environment.clusters;
  if (cluster === undefined) throw new Error("the environment has no cluster");
  const log = await openLog(cluster, harness.data);
  const receivedAt = Date.now();
  const record = recordOf(filling, receivedAt);
  for (let appended = 0; appended < count; appended += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, count - appended) }, record);
    await log.append("bench", records);
  }
  await log.close();
  return receivedAt;
}

function recordOf({ bytes, delay, retry = NO_RETRY_STATE }: Filling, receivedAt: number): () => LogRecord {
  const parameters = bytesParameter(randomBytes(bytes));
  return () => ({
    value: encodeActivation({
      id: newId(),
      namespace: "bench",
      task: "bench.blob",
      application: "bench",
      headers: new Map(),
      receivedAt,
      parameters,
      retry,
      deadline: 30,
      expires: undefined,
      delay,
    }),
  });
}
