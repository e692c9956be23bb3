import type { Cluster } from "kafkajs";
import { type ClusterNames, protocolType, TopicMissingError } from "../connection/errors.js";
import { topicError } from "../connection/partial-answers.js";

/** Adds the topics to the metadata of the cluster. Rejects when one cannot be read, with TopicMissingError for missing ones. */
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
