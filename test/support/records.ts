import { encode } from "@msgpack/msgpack";
import type { Activation } from "#runtime/activation/activation.js";
import { encodeActivation } from "#runtime/activation/encoding/codec.js";
import { newId } from "#runtime/base/ids.js";
import { openLog } from "#runtime/log/open.js";
import type { Log, LogRecord, Position, ReadRecord } from "#runtime/log/port.js";
import type { ProcessHarness } from "./harness/process-harness.js";

/** Appends records as they are, as any producer of the log may. */
export function append(harness: ProcessHarness, topic: string, records: readonly LogRecord[]): Promise<Position[]> {
  return withLog(harness, (log) => log.append(topic, records));
}

/** The first records of a topic that no broker reads, such as dead letters; waits until there are this many. */
export function readTopic(harness: ProcessHarness, topic: string, count: number): Promise<ReadRecord[]> {
  return withLog(harness, async (log) => {
    const reader = log.read([topic], { group: "test", journal: "the test" });
    const found: ReadRecord[] = [];
    for await (const event of reader) {
      if (event.kind === "batch") found.push(...event.records);
      if (found.length >= count) break;
    }
    await reader.close();
    return found;
  });
}

async function withLog<T>(harness: ProcessHarness, use: (log: Log) => Promise<T>): Promise<T> {
  const [cluster] = harness.environment.clusters;
  if (cluster === undefined) throw new Error("the environment has no cluster");
  const log = await openLog(cluster, harness.data);
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** A decoded activation of the test application's `things.quick`, changed as asked. */
export function activation(change: Partial<Activation> & { readonly n?: number } = {}): Activation {
  const { n = 0, ...rest } = change;
  return {
    id: newId(),
    namespace: "things",
    task: "things.quick",
    application: "test",
    headers: new Map(),
    receivedAt: Date.now(),
    parameters: encode({ args: [], kwargs: { n } }),
    retry: { attempts: 0, maxAttempts: 1, onExceeded: "discard", atMostOnce: false, delay: undefined },
    deadline: 60,
    expires: undefined,
    delay: undefined,
    ...rest,
  };
}

/** The same, encoded. */
export function activationBytes(change: Parameters<typeof activation>[0] = {}): Uint8Array {
  return encodeActivation(activation(change));
}
