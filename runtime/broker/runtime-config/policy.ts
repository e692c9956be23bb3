import type { EnvironmentModel, PoolModel } from "../../model/model.js";
import type { DemotedTarget } from "../../operations/status/document.js";
import type { Policy } from "../inflight/events.js";
import type { DropRules } from "./drop-rules.js";
import { type FileRule, type RuntimeConfig, RuntimeConfigError } from "./parse.js";

/**
 * The topic of demoted records, and its cluster: the named one, else the one that declares the topic, else the pool's only
 * one. undefined: no topic is named. Throws RuntimeConfigError for an unknown cluster, and when several are possible.
 */
export function demotedTarget(
  file: string,
  config: RuntimeConfig,
  environment: EnvironmentModel,
  pool: PoolModel,
): DemotedTarget | undefined {
  const { demotedTopic: topic, demotedCluster } = config;
  const known = environment.clusters.map(({ name }) => name);
  if (demotedCluster !== undefined && !known.includes(demotedCluster)) {
    throw new RuntimeConfigError(
      file,
      `demoted_topic_cluster: expected a cluster of environment "${environment.name}" (${known.join(", ")}), got "${demotedCluster}"`,
    );
  }
  if (topic === undefined) return undefined;
  const clusterOfTopic = (name: string) => environment.topics.find((declared) => declared.name === name)?.cluster;
  const named = demotedCluster ?? clusterOfTopic(topic);
  if (named !== undefined) return { topic, cluster: named };
  const [only, ...others] = new Set(pool.topics.map(clusterOfTopic));
  if (only === undefined || others.length > 0) {
    throw new RuntimeConfigError(
      file,
      `demoted_topic_cluster: expected the cluster of topic "${topic}" (one of ${known.join(", ")}): no topic of that name is declared, and pool "${pool.name}" reads several clusters`,
    );
  }
  return { topic, cluster: only };
}

/**
 * Decides by the configuration what happens to an activation; `rules` are those of the configuration. Demoted ones that are
 * already in the target topic are kept.
 */
export function policyOf(
  config: RuntimeConfig,
  rules: DropRules<FileRule>,
  target: DemotedTarget | undefined,
  environment: EnvironmentModel,
): Policy {
  const demoted = new Set(target === undefined ? [] : config.demotedNamespaces);
  // Undefined also when the cluster of the target has no such topic in this environment.
  const here = environment.topics.find(({ name, cluster }) => name === target?.topic && cluster === target.cluster);
  return {
    judge(facts) {
      if (rules.drops(facts)) return "drop";
      return demoted.has(facts.namespace) && facts.topic !== here?.name ? "demote" : "keep";
    },
  };
}
