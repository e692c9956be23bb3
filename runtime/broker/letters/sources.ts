import type { Log } from "../../log/port.js";
import { deadLetterTopics } from "../../model/dead-letter-topics.js";
import { clusterOf } from "../../model/environment.js";
import type { EnvironmentModel, TopicModel } from "../../model/model.js";

/** A dead-letter topic of the pool. */
export interface Source {
  /** The topic's name; `cluster:topic` where two clusters of the pool have a dead-letter topic of that name. */
  readonly name: string;
  readonly topic: string;
  readonly log: Log;
  /** Records may vanish from its middle: the topic may be compacted. */
  readonly mayCompact: boolean;
  /** How long the topic keeps its records, milliseconds; undefined: without end. */
  readonly retention: number | undefined;
}

/** The dead-letter topics of the topics that a pool reads, each once. */
export function sourcesOf(
  environment: EnvironmentModel,
  topics: Iterable<{ readonly log: Log; readonly topic: TopicModel }>,
): Source[] {
  const declared = deadLetterTopics(environment);
  const found: { readonly source: Omit<Source, "name">; readonly cluster: string }[] = [];
  for (const { log, topic } of topics) {
    if (found.some(({ source }) => source.log === log && source.topic === topic.deadLetter)) continue;
    const mayCompact = clusterOf(environment, topic).kind === "kafka";
    const { deadLetter, cluster } = topic;
    const retention = declared.find((one) => one.name === deadLetter && one.cluster === cluster)?.retention;
    found.push({ source: { topic: deadLetter, log, mayCompact, retention }, cluster });
  }
  return found.map(({ source, cluster }) => {
    const shared = found.some((other) => other.source !== source && other.source.topic === source.topic);
    return { ...source, name: shared ? `${cluster}:${source.topic}` : source.topic };
  });
}
