import { named } from "./environment.js";
import type { EnvironmentModel } from "./model.js";

const DAY_MS = 86_400_000;
/** How long Kafka keeps dead letters when the schema does not say. Its own default of 7 days deletes them unseen. */
const KAFKA_RETENTION_MS = 30 * DAY_MS;

export interface DeadLetterTopic {
  readonly name: string;
  readonly cluster: string;
  /** How long its records are kept, milliseconds; undefined: without end. */
  readonly retention: number | undefined;
  /** The schema says nothing about it. */
  readonly isDefault: boolean;
}

/** The dead-letter topics of an environment, each once. Of topics that share one the longest retention counts. */
export function deadLetterTopics(environment: EnvironmentModel): DeadLetterTopic[] {
  const found = new Map<string, DeadLetterTopic>();
  for (const { cluster, deadLetter: name, deadLetterRetention } of environment.topics) {
    const isKafka = named("cluster", environment.clusters, cluster).kind === "kafka";
    const own = deadLetterRetention ?? (isKafka ? KAFKA_RETENTION_MS : undefined);
    const key = `${cluster}\0${name}`;
    const known = found.get(key);
    const isDefault = deadLetterRetention === undefined && (known?.isDefault ?? true);
    const retention = known === undefined ? own : longest(known.retention, own);
    found.set(key, { name, cluster, retention, isDefault });
  }
  return [...found.values()];
}

function longest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
