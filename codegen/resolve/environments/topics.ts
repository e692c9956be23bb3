import type { ClusterModel, TopicModel } from "taskwire/model";
import type { Entry, EnvironmentSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";

type TopicEntry = NonNullable<EnvironmentSpec["topics"]>["value"][number];

/**
 * Declared topics in order, each followed by its retry topic if that is not declared. A raw topic has one without naming
 * it. `rawTopics`: the raw namespace that owns each topic.
 */
export function resolveTopics(
  entries: readonly TopicEntry[],
  clusters: ReadonlyMap<string, ClusterModel | undefined>,
  rawTopics: ReadonlyMap<string, string>,
  problems: Problems,
): readonly TopicModel[] {
  const declared = new Map(entries.map((entry) => [entry.key, entry]));
  const implied = new Map<string, string>();
  return entries.flatMap((entry): readonly TopicModel[] => {
    const { key: name, value: spec } = entry;
    if (spec.cluster === undefined) return [];
    checkCluster(spec.cluster, clusters, problems);
    checkPartitions(entry, clusters.get(spec.cluster.value), problems);
    checkSameCluster(spec.dead_letter, spec.cluster.value, declared, problems);
    checkSameCluster(spec.retry, spec.cluster.value, declared, problems);
    const raw = rawTopics.get(name);
    const partitions = spec.partitions?.value ?? 1;
    const deadLetter = spec.dead_letter?.value ?? `${name}-dlq`;
    const retry = spec.retry?.value ?? (raw === undefined ? name : `${name}-retry`);
    const deadLetterRetention = spec.dead_letter_retention?.value;
    const topic = {
      ...{ name, cluster: spec.cluster.value, partitions, deadLetter },
      ...(deadLetterRetention === undefined ? {} : { deadLetterRetention }),
      retry,
    };
    const own = raw === undefined ? topic : { ...topic, raw };
    checkHoldsActivations(spec.dead_letter ?? { ...entry, value: deadLetter }, rawTopics, problems);
    checkHoldsActivations(spec.retry ?? { ...entry, value: retry }, rawTopics, problems);
    checkDeadLetters(entry, deadLetter, retry, problems);
    if (retry === name || declared.has(retry) || implied.get(retry) === topic.cluster) return [own];
    implied.set(retry, topic.cluster);
    return [own, { ...topic, name: retry }];
  });
}

/** Retries and dead letters are activations; a raw topic would treat them as bytes. */
function checkHoldsActivations(
  target: Entry<string>,
  rawTopics: ReadonlyMap<string, string>,
  problems: Problems,
): void {
  const owner = rawTopics.get(target.value);
  if (owner === undefined) return;
  problems.add(target.place, {
    code: "bad_raw",
    path: target.path,
    expected: "retries and dead letters on a topic that holds activations",
    got: `${quoted(target.value)}, the topic of the raw namespace ${quoted(owner)}`,
    hint: "name other topics with retry and dead_letter",
  });
}

/** A dead letter on a topic that is read would run again. */
function checkDeadLetters(
  { key: name, value: { dead_letter: entry } }: TopicEntry,
  deadLetter: string,
  retry: string,
  problems: Problems,
): void {
  if (entry === undefined || (deadLetter !== name && deadLetter !== retry)) return;
  problems.add(entry.place, {
    code: "bad_topic",
    path: entry.path,
    expected: "a topic of its own for dead letters",
    got: `${quoted(deadLetter)}, ${deadLetter === name ? "the topic itself" : "the topic of its retries"}`,
    hint: "name another one, or remove dead_letter",
  });
}

function checkCluster(entry: Entry<string>, clusters: ReadonlyMap<string, unknown>, problems: Problems): void {
  if (clusters.has(entry.value)) return;
  const hint = didYouMean(entry.value, [...clusters.keys()], "known clusters");
  problems.add(entry.place, {
    code: "unknown_name",
    path: entry.path,
    expected: "a cluster of the environment",
    got: quoted(entry.value),
    sentence: `unknown cluster ${quoted(entry.value)}`,
    hint,
  });
}

function checkPartitions({ value: spec }: TopicEntry, cluster: ClusterModel | undefined, problems: Problems): void {
  if (cluster?.kind !== "sqlite" || spec.partitions === undefined || spec.partitions.value === 1) return;
  const expected = "1 on a sqlite cluster";
  problems.add(spec.partitions.place, {
    code: "bad_topic",
    path: spec.partitions.path,
    expected,
    got: String(spec.partitions.value),
    sentence: `a topic of a sqlite cluster has one partition, not ${spec.partitions.value}`,
    hint: "remove partitions",
  });
}

function checkSameCluster(
  entry: Entry<string> | undefined,
  cluster: string,
  declared: ReadonlyMap<string, TopicEntry>,
  problems: Problems,
): void {
  const other = declared.get(entry?.value ?? "")?.value.cluster?.value;
  if (entry === undefined || other === undefined || other === cluster) return;
  const expected = `a topic on the same cluster, "${cluster}"`;
  problems.add(entry.place, {
    code: "bad_topic",
    path: entry.path,
    expected,
    got: `${quoted(entry.value)} on "${other}"`,
  });
}
