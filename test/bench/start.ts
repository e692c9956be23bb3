import { randomBytes, randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StoredRow } from "#runtime/broker/inflight/row.js";
import { openStore } from "#runtime/broker/journal/open.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const ROWS = Number(process.env.TASKWIRE_BENCH_ROWS ?? 1_000_000);
const FINISHED = 1_000_000;
const BATCH = 4096;

/** kill -9 of a broker with 1,000,000 delayed activations of 1 KiB and as many finished ids: when it serves again. */
export async function start(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  const file = join(harness.data, "default.inflight.db");
  const fill = performance.now();
  fillFile(file);
  const filled = performance.now();
  const first = await harness.broker();
  await first.kill();
  const from = performance.now();
  const second = await harness.broker();
  const ready = performance.now();
  const { counts } = await harness.status();
  const served = performance.now();
  const status = await readFile(`/proc/${second.pid}/status`, "utf8");
  return {
    rows: counts.delayed,
    fileMiB: Math.round(statSync(file).size / 2 ** 20),
    fillSeconds: round(filled - fill),
    readySeconds: round(ready - from),
    servedSeconds: round(served - from),
    largestResidentMiB: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024),
  };
}

function fillFile(file: string): void {
  const { store } = openStore(file, {});
  const changes = { number: 0, updates: [], deletes: [], partitions: [], boot: undefined, workers: undefined };
  const due = Date.now() + 3_600_000;
  for (let first = 1; first <= ROWS; first += BATCH) {
    const count = Math.min(BATCH, ROWS - first + 1);
    store.commit(
      { ...changes, finished: [] },
      Array.from({ length: count }, (_, index) => delayedRow(first + index, due)),
    );
    store.checkpoint();
  }
  for (let first = 0; first < FINISHED; first += BATCH) {
    const finished = Array.from({ length: BATCH }, (_, index) => ({ hash: BigInt(first + index), until: due }));
    store.commit({ ...changes, finished }, []);
  }
  store.close();
}

const PAYLOAD = randomBytes(1024);

function delayedRow(seq: number, due: number): StoredRow {
  return {
    seq,
    id: randomUUID().replaceAll("-", ""),
    namespace: "bench",
    task: `bench.noop${seq % 20}`,
    application: "bench",
    topic: "bench",
    partition: 0,
    offset: seq,
    payload: PAYLOAD,
    receivedAt: due - 3_600_000,
    due: due + ((seq * 7919) % ROWS),
    expiresAt: Number.POSITIVE_INFINITY,
    deadline: 30_000,
    atMostOnce: false,
    deadLetter: false,
    attempts: 0,
    maxAttempts: 3,
    remembered: false,
    state: "delayed",
    processingAttempts: 0,
    claim: 0,
    worker: "",
    claimUntil: Number.POSITIVE_INFINITY,
    ending: undefined,
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds / 10) / 100;
}
