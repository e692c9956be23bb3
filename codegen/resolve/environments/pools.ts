import type { PoolModel, TopicModel } from "taskwire/model";
import type { Entry, EnvironmentSpec } from "../../language/index.js";
import { formatPlace, type Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";
import { variableText } from "./variable-text.js";

type PoolEntry = NonNullable<EnvironmentSpec["pools"]>["value"][number];

const MAX_PENDING_COUNT = 16_384;
const MAX_PROCESSING_COUNT = 16_384;
const MAX_PROCESSING_ATTEMPTS = 5;
/** Milliseconds. */
const MAX_PROCESSING_DEADLINE = 3_600_000;

/**
 * The pools of an environment; without any, one named `default` that reads every topic except those that hold dead letters
 * and have no route (`routed`: topics that have one).
 */
export function resolvePools(
  entries: readonly PoolEntry[] | undefined,
  topics: readonly TopicModel[],
  routed: ReadonlySet<string>,
  group: (pool: string) => string,
  problems: Problems,
): readonly PoolModel[] {
  if (entries === undefined) {
    const letters = new Set(topics.map(({ deadLetter }) => deadLetter));
    const read = topics.map(({ name }) => name).filter((name) => routed.has(name) || !letters.has(name));
    return [pool("default", read, group("default"), undefined, problems)];
  }
  const takenBy = new Map<string, Entry<string>>();
  return entries.map((entry) => {
    const named = (entry.value.topics?.value ?? []).filter(
      (topic) => known(topic, topics, problems) && free(topic, takenBy, problems),
    );
    const names = named.map(({ value }) => value);
    return pool(
      entry.key,
      withRetryTopics(names, topics, entries),
      entry.value.group?.value ?? group(entry.key),
      entry,
      problems,
    );
  });
}

function pool(
  name: string,
  topics: readonly string[],
  group: string,
  entry: PoolEntry | undefined,
  problems: Problems,
): PoolModel {
  const spec = entry?.value;
  return {
    name,
    topics,
    group,
    maxPendingCount: spec?.max_pending_count?.value ?? MAX_PENDING_COUNT,
    maxProcessingCount: spec?.max_processing_count?.value ?? MAX_PROCESSING_COUNT,
    maxProcessingAttempts: spec?.max_processing_attempts?.value ?? MAX_PROCESSING_ATTEMPTS,
    maxProcessingDeadline: spec?.max_processing_deadline?.value ?? MAX_PROCESSING_DEADLINE,
    // Absent ones stay absent: their defaults are the broker's.
    ...(spec?.max_delay_count === undefined ? {} : { maxDelayCount: spec.max_delay_count.value }),
    ...(spec?.max_disk === undefined ? {} : { maxDisk: spec.max_disk.value }),
    ...(spec?.get_task_hold === undefined ? {} : { getTaskHold: spec.get_task_hold.value }),
    ...(spec?.push === undefined ? {} : { push: spec.push.value.map((entry) => pushed(entry, problems)) }),
  };
}

type PushEntry = NonNullable<PoolEntry["value"]["push"]>["value"][number];

function pushed(
  { key: application, value: addresses }: PushEntry,
  problems: Problems,
): NonNullable<PoolModel["push"]>[number] {
  return { application, addresses: [...new Set(addresses.map((address) => variableText(address, problems)))] };
}

function known(topic: Entry<string>, topics: readonly TopicModel[], problems: Problems): boolean {
  if (topics.some(({ name }) => name === topic.value)) return true;
  const hint = didYouMean(
    topic.value,
    topics.map(({ name }) => name),
    "known topics",
  );
  problems.add(topic.place, {
    code: "unknown_name",
    path: topic.path,
    expected: "a topic of the environment",
    got: quoted(topic.value),
    sentence: `unknown topic ${quoted(topic.value)}`,
    hint,
  });
  return false;
}

function free(topic: Entry<string>, takenBy: Map<string, Entry<string>>, problems: Problems): boolean {
  const first = takenBy.get(topic.value);
  if (first === undefined) {
    takenBy.set(topic.value, topic);
    return true;
  }
  const hint = `the first is at ${formatPlace(first.place)}`;
  problems.add(topic.place, {
    code: "shared_topic",
    path: topic.path,
    expected: "a topic in one pool only",
    got: `${quoted(topic.value)} again`,
    sentence: `topic ${quoted(topic.value)} is listed twice; only one pool can read it`,
    hint,
  });
  return false;
}

/** A retry topic that no pool names is read by the pool of its topic. */
function withRetryTopics(
  names: readonly string[],
  topics: readonly TopicModel[],
  entries: readonly PoolEntry[],
): readonly string[] {
  const listed = new Set(entries.flatMap((entry) => (entry.value.topics?.value ?? []).map(({ value }) => value)));
  const retries = topics
    .filter(({ name, retry }) => names.includes(name) && retry !== name && !listed.has(retry))
    .map(({ retry }) => retry);
  return [...new Set([...names, ...retries])];
}
