import { messageOf } from "../../../base/errors.js";
import type { TopicPartition } from "../../../base/topic-partition.js";
import type { Unreadable } from "../../port.js";
import { protocolType } from "../connection/errors.js";

export type UnreadableReason = Pick<Unreadable, "code" | "message">;

/** Why a partition cannot be read, from the error of its part of an answer. */
export function reasonOf({ topic, partition }: TopicPartition, error: unknown): UnreadableReason {
  const place = `partition ${partition} of topic "${topic}"`;
  const text = messageOf(error);
  switch (protocolType(error)) {
    case "UNKNOWN_TOPIC_OR_PARTITION":
    case "INVALID_TOPIC_EXCEPTION":
      return { code: "topic_missing", message: `${place} does not exist on the cluster; was the topic deleted?` };
    case "LEADER_NOT_AVAILABLE":
    case "NOT_LEADER_FOR_PARTITION":
    case "FENCED_LEADER_EPOCH":
    case "UNKNOWN_LEADER_EPOCH":
    case "REPLICA_NOT_AVAILABLE":
    case "OFFSET_NOT_AVAILABLE":
      return noLeader({ topic, partition });
    case "TOPIC_AUTHORIZATION_FAILED":
      return { code: "forbidden", message: `the cluster does not allow this login to read ${place}: ${text}` };
    case "":
      break;
    default:
      return { code: "refused", message: `the cluster refuses to give ${place}: ${text}` };
  }
  if (error instanceof Error && /^KafkaJS(Connection|RequestTimeout|BrokerNotFound|NoBroker|Lock)/.test(error.name))
    return { code: "unreachable", message: `the Kafka broker that leads ${place} does not answer: ${text}` };
  return { code: "undecodable", message: `records of ${place} cannot be decoded: ${text}` };
}

export function noLeader({ topic, partition }: TopicPartition): UnreadableReason {
  return {
    code: "no_leader",
    message: `partition ${partition} of topic "${topic}" has no leader: no Kafka broker that holds a copy of it is up`,
  };
}

/** Why all partitions of a topic cannot be read. */
export function topicReason(topic: string, error: unknown): UnreadableReason {
  return protocolType(error) === "TOPIC_AUTHORIZATION_FAILED"
    ? { code: "forbidden", message: `the cluster does not allow this login to read topic "${topic}"` }
    : {
        code: "topic_missing",
        message: `topic "${topic}" does not exist on the cluster (any more): ${messageOf(error)}`,
      };
}
