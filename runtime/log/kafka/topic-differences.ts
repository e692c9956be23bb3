import { formatDuration } from "../../base/duration.js";
import type { NeededTopic } from "./needed-topics.js";

/** What a topic has on its cluster. */
export interface TopicSettings {
  readonly partitions: number;
  /** retention.ms, milliseconds, Infinity for none; undefined: this login may not read it. */
  readonly retention: number | undefined;
  /** cleanup.policy; undefined: this login may not read it. */
  readonly policies: readonly string[] | undefined;
}

/** A needed topic that is not as the schema says. */
export interface TopicDifference {
  readonly topic: string;
  readonly cluster: string;
  readonly setting: "topic" | "partitions" | "retention.ms" | "cleanup.policy";
  readonly expected: string;
  readonly found: string;
  /** What to do. */
  readonly hint: string;
}

/** Where a topic differs from what the environment needs. `found`: undefined for a topic that does not exist. */
export function topicDifferences(
  needed: NeededTopic,
  found: TopicSettings | undefined,
  environment: string,
): TopicDifference[] {
  const { topic, cluster, partitions, retention, compacted, raw } = needed;
  const place = { topic, cluster };
  if (found === undefined) {
    const hint = `create it: taskwire topics --env ${environment} --create`;
    return [{ ...place, setting: "topic", expected: "a topic", found: "none", hint }];
  }
  const differences: TopicDifference[] = [];
  if (found.partitions !== partitions) {
    const hint = "add partitions with Kafka's own tools, or declare the existing number";
    const numbers = { expected: String(partitions), found: String(found.partitions) };
    differences.push({ ...place, setting: "partitions", ...numbers, hint });
  }
  if (retention !== undefined && found.retention !== undefined) {
    const { milliseconds, isDefault } = retention;
    // Whoever declares nothing may keep them longer.
    if (found.retention < milliseconds || (found.retention > milliseconds && !isDefault)) {
      const hint = `${alter(topic, `retention.ms=${milliseconds}`)}, or declare dead_letter_retention: ${written(found.retention)}`;
      const numbers = { expected: written(milliseconds), found: written(found.retention) };
      differences.push({ ...place, setting: "retention.ms", ...numbers, hint });
    }
  }
  const policies = found.policies ?? [];
  if (policies.length > 0) {
    const own = { ...place, setting: "cleanup.policy", found: policies.join(",") } as const;
    if (compacted === true && !policies.includes("compact")) {
      const hint = `${alter(topic, "cleanup.policy=compact")}: its records must not age away`;
      differences.push({ ...own, expected: "compact", hint });
    } else if (retention !== undefined && !policies.includes("delete")) {
      const hint = `${alter(topic, "cleanup.policy=delete")}: dead letters are kept without end now`;
      differences.push({ ...own, expected: "delete", hint });
    } else if (
      compacted === undefined &&
      retention === undefined &&
      raw === undefined &&
      policies.includes("compact")
    ) {
      const hint = `${alter(topic, "cleanup.policy=delete")}: of activations with one key only the last is kept now`;
      differences.push({ ...own, expected: "delete", hint });
    }
  }
  return differences;
}

/** The command of Kafka that changes a setting. */
function alter(topic: string, setting: string): string {
  return `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}

function written(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? formatDuration(milliseconds) : "without end";
}
