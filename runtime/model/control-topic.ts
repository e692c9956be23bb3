import { clusterOf, named } from "./environment.js";
import type { ClusterModel, EnvironmentModel, PoolModel } from "./model.js";

/** The topic in which the brokers of a pool share pauses and kill rules: one partition, compacted. */
export const CONTROL_TOPIC = "taskwire-control";

/** The cluster with the topic of a pool's controls: that of its first topic. undefined: its brokers share no log. */
export function controlCluster(environment: EnvironmentModel, { topics }: PoolModel): ClusterModel | undefined {
  const [first] = topics;
  if (first === undefined) return undefined;
  const cluster = clusterOf(environment, named("topic", environment.topics, first));
  return cluster.kind === "kafka" ? cluster : undefined;
}
