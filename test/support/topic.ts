import { openLog } from "#runtime/log/open.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import type { Letter } from "./contract/contract.js";
import type { Bed } from "./harness/process-harness.js";

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

/** The dead letters of the bed's first topic. */
export async function deadLetters(bed: Bed): Promise<Letter[]> {
  const [cluster] = bed.environment.clusters;
  const [topic] = bed.environment.topics;
  if (cluster === undefined || topic === undefined) throw new Error("the environment has no cluster or no topic");
  const log = await openLog(cluster, bed.data);
  try {
    return (await recordsOf(log, topic.deadLetter)).map(letterOf);
  } finally {
    await log.close();
  }
}

export function letterOf({ key = "", value, headers = {} }: ReadRecord): Letter {
  const root = TaskActivation.decode(value).headers.get("taskwire-root");
  return { key, root: root ?? key, reason: headers["taskwire-reason"] ?? "" };
}
