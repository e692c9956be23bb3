import type { Log } from "../../../log/port.js";
import { clusterOf, hasNamespace } from "../../../model/environment.js";
import type { ClusterModel, EnvironmentModel, TopicModel } from "../../../model/model.js";

/** Where replayed letters may go. */
export interface Routes {
  readonly environment: EnvironmentModel;
  /** The topics that the pool reads, by name. */
  readonly topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>;
  /** The namespaces that the model declares now; undefined: unknown. */
  readonly declared: () => ReadonlySet<string> | undefined;
  readonly logOf: (cluster: ClusterModel) => Promise<Log>;
}

export interface Destination {
  readonly log: Log;
  readonly topic: string;
}

/**
 * Where a namespace is routed today; for one that the model does not declare, only by a route of its own. Else the topic
 * that the letter came from, `origin`; else the route of "*". Records of raw topics are no activations, so a replay goes to
 * the retry topic. undefined: the environment has none of these.
 */
export async function routeOf(
  { environment, topics, declared, logOf }: Routes,
  namespace: string,
  origin: string,
): Promise<Destination | undefined> {
  const named = (name: string | undefined) => environment.topics.find((topic) => topic.name === name);
  const route = (of: string) => environment.routes.find((each) => each.namespace === of)?.topic;
  const here = hasNamespace(environment, namespace);
  const own = here ? named(route(namespace)) : undefined;
  const common = named(route("*"));
  const names = declared();
  const today = own ?? (here && names?.has(namespace) === true ? common : undefined);
  const topic = today ?? topics.get(origin)?.topic ?? named(origin) ?? common;
  if (topic === undefined) return undefined;
  const name = topic.raw === undefined ? topic.name : topic.retry;
  return { log: topics.get(topic.name)?.log ?? (await logOf(clusterOf(environment, topic))), topic: name };
}
