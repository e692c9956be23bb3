import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { openLog } from "../../log/open.js";
import type { Log } from "../../log/port.js";
import { clusterOf, named } from "../../model/environment.js";
import type { ClusterModel, EnvironmentModel, PoolModel, TopicModel } from "../../model/model.js";

export interface PoolTopic {
  readonly log: Log;
  readonly topic: TopicModel;
}

export type LogOf = (cluster: ClusterModel) => Promise<Log>;

/** Opens the log of each cluster when it is first asked for; `opened` gets the function that closes it. */
export function logsOf(
  { name: environment }: EnvironmentModel,
  dataFolder: string,
  open: typeof openLog,
  opened: (close: () => Promise<void>) => void,
): LogOf {
  const logs = new Map<string, Log>();
  return async (cluster) => {
    const known = logs.get(cluster.name);
    if (known !== undefined) return known;
    const log = await open(cluster, dataFolder, environment);
    logs.set(cluster.name, log);
    opened(() => log.close());
    return log;
  };
}

/** The clusters of the topics that a pool reads. */
export function clustersOf(environment: EnvironmentModel, { topics }: PoolModel): ReadonlySet<ClusterModel> {
  return new Set(topics.map((name) => clusterOf(environment, named("topic", environment.topics, name))));
}

/** The topics that a pool reads, by name. */
export async function openTopics(
  environment: EnvironmentModel,
  pool: PoolModel,
  logOf: LogOf,
): Promise<Map<string, PoolTopic>> {
  const topics = new Map<string, PoolTopic>();
  for (const name of pool.topics) {
    const topic = named("topic", environment.topics, name);
    const log = await logOf(clusterOf(environment, topic));
    topics.set(name, { log, topic });
    // A separate retry topic that is not declared is read by the topic's pool.
    if (topic.retry !== name && !environment.topics.some((declared) => declared.name === topic.retry)) {
      const { raw: _, ...retry } = topic;
      topics.set(topic.retry, { log, topic: { ...retry, name: topic.retry } });
    }
  }
  return topics;
}

/** Logs missing retry and dead-letter topics at the start: otherwise only the first such record would show them. */
export async function logMissingTopics(topics: ReadonlyMap<string, PoolTopic>, logger: Logger): Promise<void> {
  const needed = new Map<Log, Set<string>>();
  for (const { log, topic } of topics.values()) {
    const names = needed.get(log) ?? new Set();
    needed.set(log, names.add(topic.retry).add(topic.deadLetter));
  }
  for (const [log, names] of needed) {
    try {
      await log.needs?.([...names]);
    } catch (error) {
      logger.error("retry or dead-letter topics are missing; such records will wait until they exist", {
        error: messageOf(error),
      });
    }
  }
}
