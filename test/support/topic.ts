import { openLog } from "#runtime/log/open.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import type { DeadLetter } from "./contract/contract.js";
import type { ProcessHarness } from "./harness/process-harness.js";

/** All records of a topic that no broker reads, up to its end at the moment. */
export async function recordsOf(log: Log, topic: string): Promise<ReadRecord[]> {
  const reader = log.read([topic], { group: "test", journal: "the test" });
  const found: ReadRecord[] = [];
  let end = 0;
  for await (const event of reader) {
    if (event.kind === "assigned") end = event.end;
    if (event.kind === "batch") found.push(...event.records);
    if ((found.at(-1)?.offset ?? -1) + 1 >= end) break;
  }
  await reader.close();
  return found;
}

/** A dead letter with the key of its record. */
interface StoredLetter extends DeadLetter {
  readonly key: string | undefined;
}

/** The dead letters of the harness's first topic. */
export async function readDeadLetters(harness: ProcessHarness): Promise<StoredLetter[]> {
  const [cluster] = harness.environment.clusters;
  const [topic] = harness.environment.topics;
  if (cluster === undefined || topic === undefined) throw new Error("the environment has no cluster or no topic");
  const log = await openLog(cluster, harness.data);
  try {
    return (await recordsOf(log, topic.deadLetter)).map(deadLetterOf);
  } finally {
    await log.close();
  }
}

export function deadLetterOf({ key, value, headers = {} }: ReadRecord): StoredLetter {
  const id = headers["taskwire-id"] ?? "";
  const root = TaskActivation.decode(value).headers.get("taskwire-root");
  return { key, id, root: root ?? id, reason: headers["taskwire-reason"] ?? "" };
}
