import { isDeepStrictEqual } from "node:util";
import {
  type ClusterModel,
  deadLetterTopics,
  type EnvironmentModel,
  formatDuration,
  hasNamespace,
  type Model,
  type PoolModel,
  type TopicModel,
} from "taskwire/model";
import type { KeyPath, Report } from "./report.js";

export function compareEnvironments(before: Model, after: Model, report: Report): void {
  for (const was of before.environments) {
    const is = after.environments.find(({ name }) => name === was.name);
    const path = ["environments", was.name];
    if (is === undefined) {
      report.add("environment_removed", path, `is gone with ${was.topics.map(({ name }) => name).join(", ")}`);
      continue;
    }
    comparePresence(was, is, before, after, report);
    const namespaces = before.namespaces.map(({ name }) => name).filter((name) => hasNamespace(was, name));
    const routed = routedTopics(was, namespaces);
    compareRoutes(was, is, namespaces, after, path, report);
    for (const topic of was.topics) {
      const now = is.topics.find(({ name }) => name === topic.name);
      const at = [...path, "topics", topic.name];
      if (now !== undefined) compareTopic({ was, is, before: topic, after: now }, path, report);
      else if (routed.has(topic.name)) {
        const users = namespaces.filter((name) => topicNameOf(was, name) === topic.name);
        report.add("topic_removed", at, `is gone${users.length === 0 ? "" : `; ${users.join(", ")} used it`}`);
      } else report.add("unused_topic_removed", at, "is gone");
    }
    compareClusters(was, is, path, report);
    comparePools(was, is, path, report);
  }
}

/** Which of the namespaces that both models have the environment has. */
function comparePresence(
  was: EnvironmentModel,
  is: EnvironmentModel,
  before: Model,
  after: Model,
  report: Report,
): void {
  for (const { name } of before.namespaces) {
    if (!after.namespaces.some((namespace) => namespace.name === name)) continue;
    const [had, has] = [hasNamespace(was, name), hasNamespace(is, name)];
    const path = ["namespaces", name, "environments"];
    if (had && !has) report.add("namespace_left_environment", path, `environment "${is.name}" no longer has it`);
    if (!had && has) report.add("namespace_entered_environment", path, `environment "${is.name}" has it now`);
  }
}

/** The name of a namespace's topic; undefined when it has no route. */
function topicNameOf({ routes }: EnvironmentModel, namespace: string): string | undefined {
  return (routes.find((route) => route.namespace === namespace) ?? routes.find((route) => route.namespace === "*"))
    ?.topic;
}

/** What activations are appended to: topics of routes, and where their retries go. */
function routedTopics(environment: EnvironmentModel, namespaces: readonly string[]): ReadonlySet<string> {
  const topics = new Set(namespaces.map((name) => topicNameOf(environment, name)));
  const used = environment.topics.filter(({ name }) => topics.has(name));
  return new Set(used.flatMap(({ name, retry }) => [name, retry]));
}

/** A route to a removed topic is reported with the topic. */
function compareRoutes(
  was: EnvironmentModel,
  is: EnvironmentModel,
  namespaces: readonly string[],
  after: Model,
  path: KeyPath,
  report: Report,
): void {
  for (const name of namespaces) {
    const [from, to] = [topicNameOf(was, name), topicNameOf(is, name)];
    if (from === undefined || to === undefined || from === to) continue;
    if (!after.namespaces.some((namespace) => namespace.name === name) || !hasNamespace(is, name)) continue;
    if (!is.topics.some((topic) => topic.name === from)) continue;
    const own = is.routes.some(({ namespace }) => namespace === name);
    report.add(
      "route_moved",
      [...path, "routes", own ? name : "*"],
      `${name} was routed to "${from}", is routed to "${to}"`,
    );
  }
}

interface TopicPair {
  readonly was: EnvironmentModel;
  readonly is: EnvironmentModel;
  readonly before: TopicModel;
  readonly after: TopicModel;
}

function compareTopic({ was, is, before, after }: TopicPair, path: KeyPath, report: Report): void {
  const at = [...path, "topics", before.name];
  const [from, to] = [clusterOf(was, before), clusterOf(is, after)];
  if (from !== undefined && to !== undefined && place(from) !== place(to))
    report.add("topic_moved", [...at, "cluster"], `was in ${place(from)}, is in ${place(to)}`);
  const count = `was ${before.partitions}, is ${after.partitions}`;
  if (after.partitions < before.partitions) report.add("partitions_reduced", [...at, "partitions"], count);
  if (after.partitions > before.partitions) report.add("partitions_added", [...at, "partitions"], count);
  if (before.deadLetter !== after.deadLetter)
    report.add("dead_letter_moved", [...at, "dead_letter"], `was "${before.deadLetter}", is "${after.deadLetter}"`);
  const [kept, keeps] = [retentionOf(was, before), retentionOf(is, after)];
  if ((keeps ?? Number.POSITIVE_INFINITY) < (kept ?? Number.POSITIVE_INFINITY)) {
    const words = (ms: number | undefined) => (ms === undefined ? "without end" : formatDuration(ms));
    const key = [...at, "dead_letter_retention"];
    report.add("dead_letter_retention_shortened", key, `was ${words(kept)}, is ${words(keeps)}`);
  }
  if (before.retry !== after.retry)
    report.add("retry_topic_moved", [...at, "retry"], `was "${before.retry}", is "${after.retry}"`);
  const [read, reads] = [readerOf(was, before.name), readerOf(is, before.name)];
  if (read === undefined || read.name === reads?.name) return;
  if (reads === undefined) report.add("topic_unread", at, `was read by pool "${read.name}", is read by none`);
  else
    report.add(
      "topic_pool_changed",
      [...path, "pools", reads.name, "topics"],
      `"${before.name}" was read by pool "${read.name}", is read by "${reads.name}"`,
    );
}

/** How long the topic's dead letters are kept, milliseconds; undefined: without end. */
function retentionOf(environment: EnvironmentModel, { cluster, deadLetter }: TopicModel): number | undefined {
  return deadLetterTopics(environment).find((topic) => topic.name === deadLetter && topic.cluster === cluster)
    ?.retention;
}

function readerOf({ pools }: EnvironmentModel, topic: string): PoolModel | undefined {
  return pools.find(({ topics }) => topics.includes(topic));
}

function clusterOf({ clusters }: EnvironmentModel, { cluster }: TopicModel): ClusterModel | undefined {
  return clusters.find(({ name }) => name === cluster);
}

/** Identifies a place. The addresses of a Kafka cluster do not: one cluster can have several. */
function place(cluster: ClusterModel): string {
  if (cluster.kind === "sqlite") return `the SQLite file "${cluster.file}"`;
  return cluster.kind === "memory" ? "memory" : `the Kafka cluster "${cluster.name}"`;
}

function compareClusters(was: EnvironmentModel, is: EnvironmentModel, path: KeyPath, report: Report): void {
  for (const before of was.clusters) {
    const after = is.clusters.find(({ name }) => name === before.name);
    if (before.kind !== "kafka" || after?.kind !== "kafka") continue;
    const at = [...path, "clusters", before.name, "kafka"];
    if (!isDeepStrictEqual([...before.brokers].sort(), [...after.brokers].sort()))
      report.add(
        "cluster_brokers_changed",
        [...at, "brokers"],
        `were ${before.brokers.join(", ")}; are ${after.brokers.join(", ")}`,
      );
    // Credentials are not shown: they may contain a password.
    if (
      before.tls !== after.tls ||
      !isDeepStrictEqual(before.certificates, after.certificates) ||
      !isDeepStrictEqual(before.sasl, after.sasl)
    )
      report.add("cluster_access_changed", at, "tls or sasl has changed");
  }
}

const LIMITS = [
  ["maxPendingCount", "max_pending_count"],
  ["maxProcessingCount", "max_processing_count"],
  ["maxProcessingAttempts", "max_processing_attempts"],
  ["maxProcessingDeadline", "max_processing_deadline"],
  ["maxDelayCount", "max_delay_count"],
  ["maxDisk", "max_disk"],
] as const;

function comparePools(was: EnvironmentModel, is: EnvironmentModel, path: KeyPath, report: Report): void {
  for (const before of was.pools) {
    const after = is.pools.find(({ name }) => name === before.name);
    if (after === undefined) continue;
    const at = [...path, "pools", before.name];
    if (before.group !== after.group)
      report.add("pool_group_changed", [...at, "group"], `was "${before.group}", is "${after.group}"`);
    for (const { application } of before.push ?? [])
      if (after.push?.some((entry) => entry.application === application) !== true)
        report.add("push_removed", [...at, "push"], `no longer pushes to "${application}"`);
    for (const [key, name] of LIMITS) {
      const [from, to] = [before[key] ?? Number.POSITIVE_INFINITY, after[key] ?? Number.POSITIVE_INFINITY];
      if (to < from) report.add("pool_limit_lowered", [...at, name], `was ${before[key] ?? "unlimited"}, is ${to}`);
    }
  }
}
