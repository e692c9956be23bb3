import { CONTROL_TOPIC, controlCluster } from "../../model/control-topic.js";
import { deadLetterTopics } from "../../model/dead-letter-topics.js";
import { named } from "../../model/environment.js";
import type { EnvironmentModel } from "../../model/model.js";

/** A topic that an environment needs on a Kafka cluster. */
export interface NeededTopic {
  readonly topic: string;
  readonly cluster: string;
  /** "declared", or of which topic it takes the retries or dead letters. */
  readonly role:
    | "declared"
    | "schedules"
    | "controls"
    | { readonly kind: "retry" | "dead_letter"; readonly of: string };
  readonly partitions: number;
  /** Only the last record of each key is kept. */
  readonly compacted?: true;
  /** How long a topic for dead letters keeps them. */
  readonly retention?: { readonly milliseconds: number; readonly isDefault: boolean };
  /** Its records are not activations. */
  readonly raw?: true;
}

/**
 * The topics that an environment needs on its Kafka clusters, each once. One that nobody declared has one partition for
 * dead letters, and as many as its topic for retries. `others`: what else is kept there, such as the marks of schedules.
 */
export function neededTopics(environment: EnvironmentModel, others: readonly NeededTopic[] = []): NeededTopic[] {
  const { topics, clusters } = environment;
  const keyOf = (cluster: string, topic: string) => `${cluster}\0${topic}`;
  const retentions = new Map(
    deadLetterTopics(environment).flatMap(({ cluster, name, retention, isDefault }) =>
      retention === undefined ? [] : [[keyOf(cluster, name), { milliseconds: retention, isDefault }] as const],
    ),
  );
  const needed = new Map<string, NeededTopic>();
  const add = (topic: NeededTopic) => {
    if (named("cluster", clusters, topic.cluster).kind !== "kafka") return;
    const key = keyOf(topic.cluster, topic.topic);
    const retention = retentions.get(key);
    if (!needed.has(key)) needed.set(key, retention === undefined ? topic : { ...topic, retention });
  };
  for (const { name, cluster, partitions, raw } of topics)
    add({ topic: name, cluster, role: "declared", partitions, ...(raw === undefined ? {} : { raw: true }) });
  for (const { name, cluster, partitions, retry, deadLetter } of topics) {
    add({ topic: retry, cluster, role: { kind: "retry", of: name }, partitions });
    add({ topic: deadLetter, cluster, role: { kind: "dead_letter", of: name }, partitions: 1 });
  }
  for (const pool of environment.pools) {
    const cluster = controlCluster(environment, pool);
    if (cluster !== undefined)
      add({ topic: CONTROL_TOPIC, cluster: cluster.name, role: "controls", partitions: 1, compacted: true });
  }
  for (const other of others) add(other);
  return [...needed.values()];
}
