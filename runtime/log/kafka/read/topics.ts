import type { Cluster } from "kafkajs";
import { topicError } from "../connection/answers.js";
import { type ClusterNames, protocolType, TopicMissingError } from "../connection/errors.js";

/** Has the cluster know the topics. Rejects when one cannot be had, with TopicMissingError for all that do not exist. */
export async function findTopics(cluster: Cluster, topics: readonly string[], names: ClusterNames): Promise<void> {
  await cluster.addMultipleTargetTopics([...topics]);
  const missing: string[] = [];
  for (const topic of topics) {
    const error = topicError(cluster, topic);
    if (error === undefined) continue;
    if (protocolType(error) !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
    missing.push(topic);
  }
  if (missing.length > 0) throw new TopicMissingError(missing, names);
}
