import type { EnvironmentModel } from "../../model/model.js";
import { isKafka, resolveClusters } from "../../model/variables.js";
import { kafkaLog } from "./log.js";
import type { NeededTopic } from "./needed-topics.js";
import type { TopicSettings } from "./topic-differences.js";

export interface InspectedTopic {
  readonly needed: NeededTopic;
  /** undefined: it does not exist. */
  readonly found: TopicSettings | undefined;
  readonly isCreated: boolean;
}

/**
 * Looks topics up on their clusters, and creates the missing ones when `create` is set; existing ones are never changed.
 * Rejects when a cluster cannot be asked.
 */
export async function inspectTopics(
  environment: EnvironmentModel,
  needed: readonly NeededTopic[],
  variables: Readonly<Record<string, string | undefined>>,
  create = false,
): Promise<InspectedTopic[]> {
  const inspected = new Map<NeededTopic, InspectedTopic>();
  for (const cluster of resolveClusters(environment.clusters.filter(isKafka), variables, environment.name)) {
    const own = needed.filter((topic) => topic.cluster === cluster.name);
    if (own.length === 0) continue;
    const log = kafkaLog({ cluster, environment: environment.name });
    try {
      await log.open();
      const found = await log.administration.settingsOf(own.map(({ topic }) => topic));
      const missing = own.filter(({ topic }) => found.get(topic) === undefined);
      if (create && missing.length > 0) await log.administration.create(missing);
      for (const topic of own) {
        const settings = found.get(topic.topic);
        inspected.set(
          topic,
          create && settings === undefined
            ? { needed: topic, found: settingsOf(topic), isCreated: true }
            : { needed: topic, found: settings, isCreated: false },
        );
      }
    } finally {
      await log.close();
    }
  }
  return needed.flatMap((topic) => inspected.get(topic) ?? []);
}

/** What a topic that was made a moment ago has. */
function settingsOf({ partitions, compacted, retention }: NeededTopic): TopicSettings {
  return { partitions, retention: retention?.milliseconds, policies: [compacted === true ? "compact" : "delete"] };
}
