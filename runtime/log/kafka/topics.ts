import type { Cluster } from "kafkajs";
import { type ClusterNames, protocolType, TopicMissingError } from "./errors.js";

/** Has the cluster know the topics. Rejects with TopicMissingError that names all that do not exist. */
export async function findTopics(cluster: Cluster, topics: readonly string[], names: ClusterNames): Promise<void> {
  const missing: string[] = [];
  for (const topic of topics) {
    try {
      await cluster.addTargetTopic(topic);
    } catch (error) {
      if (protocolType(error) !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
      missing.push(topic);
    }
  }
  if (missing.length > 0) throw new TopicMissingError(missing, names);
}
