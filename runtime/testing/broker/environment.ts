import type { Registry } from "../../activation/registry.js";
import type { EnvironmentModel, TopicModel } from "../../model/model.js";

const CLUSTER = "memory";
const TOPIC = "tasks";
const HOUR_MS = 3_600_000;

/** The same topology with all clusters in memory and without push. */
export function inMemory(environment: EnvironmentModel): EnvironmentModel {
  return {
    ...environment,
    clusters: environment.clusters.map(({ name }) => ({ name, kind: "memory" })),
    pools: environment.pools.map(({ push: _, ...pool }) => pool),
  };
}

/** An environment for these handlers: one topic for all namespaces, and one for each raw namespace. */
export function environmentFor({ application, tasks }: Registry): EnvironmentModel {
  const raw = new Set([...tasks.values()].flatMap(({ facts }) => (facts.raw === true ? [facts.namespace] : [])));
  const own = [...raw].map((namespace) => ({
    ...topic(`raw-${namespace}`),
    retry: `raw-${namespace}-retry`,
    raw: namespace,
  }));
  const topics = [topic(TOPIC), ...own];
  return {
    name: "testing",
    clusters: [{ name: CLUSTER, kind: "memory" }],
    topics,
    routes: [...own.map(({ name, raw: namespace }) => ({ namespace, topic: name })), { namespace: "*", topic: TOPIC }],
    pools: [
      {
        name: "default",
        topics: topics.map(({ name }) => name),
        group: `${application}.testing.default`,
        maxPendingCount: 16_384,
        maxProcessingCount: 16_384,
        maxProcessingAttempts: 5,
        maxProcessingDeadline: HOUR_MS,
      },
    ],
  };
}

function topic(name: string): TopicModel {
  return { name, cluster: CLUSTER, partitions: 1, deadLetter: `${name}-dlq`, retry: name };
}

/** The topics that the environment's brokers read. */
export function readTopics({ topics, pools }: EnvironmentModel): ReadonlySet<string> {
  const pooled = new Set(pools.flatMap((pool) => pool.topics));
  return new Set(topics.flatMap(({ name, retry }) => (pooled.has(name) ? [name, retry] : [])));
}
