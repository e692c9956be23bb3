import type { Log } from "../../log/port.js";
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
}

/** The dead-letter topics of the topics that a pool reads, each once. */
export function sourcesOf(
  environment: EnvironmentModel,
  topics: Iterable<{ readonly log: Log; readonly topic: TopicModel }>,
): Source[] {
  const found: { readonly source: Omit<Source, "name">; readonly cluster: string }[] = [];
  for (const { log, topic } of topics) {
    if (found.some(({ source }) => source.log === log && source.topic === topic.deadLetter)) continue;
    const mayCompact = clusterOf(environment, topic).kind === "kafka";
    found.push({ source: { topic: topic.deadLetter, log, mayCompact }, cluster: topic.cluster });
  }
  return found.map(({ source, cluster }) => {
    const shared = found.some((other) => other.source !== source && other.source.topic === source.topic);
    return { ...source, name: shared ? `${cluster}:${source.topic}` : source.topic };
  });
}
