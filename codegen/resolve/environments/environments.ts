import {
  type EnvironmentModel,
  formatDuration,
  type NamespaceModel,
  type RouteModel,
  type TopicModel,
} from "taskwire/model";
import type { Entry, EnvironmentSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";
import type { ResolvedNamespaces } from "../tasks/namespaces.js";
import { resolveRawTopics } from "../tasks/raw.js";
import { resolveCluster } from "./clusters.js";
import { resolvePools } from "./pools.js";
import { resolveTopics } from "./topics.js";

export function resolveEnvironments(
  sections: Sections,
  { namespaces, deadlines }: ResolvedNamespaces,
  problems: Problems,
): readonly EnvironmentModel[] {
  return [...sections.environments.values()].map((entry): EnvironmentModel => {
    const spec = entry.value;
    const clusters = new Map(spec.clusters?.value.map((cluster) => [cluster.key, resolveCluster(cluster, problems)]));
    const present = namespaces.filter((namespace) => isIn(namespace, entry.key));
    const routes = resolveRoutes(entry, namespaces, problems);
    const rawTopics = resolveRawTopics(present, spec.routes?.value ?? [], problems);
    const topics = resolveTopics(spec.topics?.value ?? [], clusters, rawTopics, problems);
    const group = (pool: string) => `${sections.application?.value ?? ""}.${entry.key}.${pool}`;
    const environment = {
      name: entry.key,
      clusters: [...clusters.values()].flatMap((cluster) => cluster ?? []),
      topics,
      routes,
      pools: resolvePools(spec.pools?.value, topics, new Set(routes.map(({ topic }) => topic)), group, problems),
      ...absentOf(namespaces, entry.key),
    };
    checkRead(spec, environment, present, problems);
    checkDeadLettersUnread(spec, environment, problems);
    checkDeadlines(environment, present, deadlines, problems);
    return environment;
  });
}

function isIn({ environments }: NamespaceModel, environment: string): boolean {
  return environments === undefined || environments.includes(environment);
}

/** What the environment lacks; the key is left out where it lacks nothing. */
function absentOf(namespaces: readonly NamespaceModel[], environment: string): Pick<EnvironmentModel, "absent"> {
  const absent = namespaces.flatMap((namespace) =>
    isIn(namespace, environment) ? [] : [{ namespace: namespace.name, environments: namespace.environments ?? [] }],
  );
  return absent.length === 0 ? {} : { absent };
}

function resolveRoutes(
  entry: Entry<EnvironmentSpec>,
  namespaces: readonly NamespaceModel[],
  problems: Problems,
): readonly RouteModel[] {
  const { routes, topics } = entry.value;
  if (routes === undefined) return [];
  const topicNames = topics?.value.map(({ key }) => key);
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  const present = namespaces.filter((namespace) => isIn(namespace, entry.key)).map(({ name }) => name);
  for (const route of routes.value) {
    const namespace = byName.get(route.key);
    if (route.key !== "*" && namespace === undefined) {
      const hint = didYouMean(route.key, [...byName.keys(), "*"], "known namespaces");
      problems.add(route.keyPlace, {
        code: "unknown_name",
        path: route.path,
        expected: 'a namespace or "*"',
        got: quoted(route.key),
        sentence: `unknown namespace ${quoted(route.key)}`,
        hint,
      });
    }
    if (namespace !== undefined && !isIn(namespace, entry.key)) {
      problems.add(route.keyPlace, {
        code: "absent_namespace",
        path: route.path,
        expected: `a namespace of environment "${entry.key}"`,
        got: `${quoted(route.key)}, which is only in ${namespace.environments?.join(", ") ?? ""}`,
        sentence: `namespace ${quoted(route.key)} is only in ${namespace.environments?.join(", ") ?? ""}`,
        hint: `remove the route, or add ${entry.key} to the namespace's environments`,
      });
    }
    if (topicNames !== undefined && !topicNames.includes(route.value)) {
      const hint = didYouMean(route.value, topicNames, "known topics");
      problems.add(route.place, {
        code: "unknown_name",
        path: route.path,
        expected: "a topic of the environment",
        got: quoted(route.value),
        sentence: `unknown topic ${quoted(route.value)}`,
        hint,
      });
    }
  }
  const routed = new Set(routes.value.map(({ key }) => key));
  const unrouted = routed.has("*") ? [] : present.filter((name) => !routed.has(name));
  if (unrouted.length > 0) {
    problems.add(routes.keyPlace, {
      code: "missing_route",
      path: routes.path,
      expected: "a route for every namespace",
      got: `none for ${unrouted.join(", ")}`,
      sentence: `no route for ${unrouted.join(", ")}`,
      hint: 'add one, or "*" for all others',
    });
  }
  return routes.value.map(({ key, value }) => ({ namespace: key, topic: value }));
}

/**
 * Reports routes to a topic that no declared pool reads: what is sent there would wait forever. Topics of external
 * namespaces alone may be read by brokers of the other application.
 */
function checkRead(
  { routes, pools }: EnvironmentSpec,
  environment: EnvironmentModel,
  namespaces: readonly NamespaceModel[],
  problems: Problems,
): void {
  if (routes === undefined || pools === undefined) return;
  const declared = new Set(environment.topics.map(({ name }) => name));
  const named = pools.value.map((pool) => pool.value.topics?.value.map(({ value }) => value));
  // A topic's name that was reported may have meant the one that is missing.
  if (named.some((topics) => topics === undefined || topics.some((topic) => !declared.has(topic)))) return;
  const read = new Set(environment.pools.flatMap(({ topics }) => topics));
  for (const route of routes.value) {
    if (read.has(route.value) || !declared.has(route.value)) continue;
    const users = namespaces.filter(({ name }) => topicOf(environment, name)?.name === route.value);
    if (users.length > 0 && users.every(({ external }) => external !== undefined)) continue;
    const known = environment.pools.map(({ name }) => name);
    problems.add(route.place, {
      code: "unread_topic",
      path: route.path,
      expected: "a topic that a pool of the environment reads",
      got: `${quoted(route.value)}, which none reads`,
      sentence: `no pool of the environment reads topic ${quoted(route.value)}`,
      hint: `add it to the topics of a pool (known pools: ${known.join(", ") || "none"})`,
    });
  }
}

/** A dead letter on a topic that a pool reads would run again. */
function checkDeadLettersUnread({ topics }: EnvironmentSpec, environment: EnvironmentModel, problems: Problems): void {
  for (const topic of topics?.value ?? []) {
    const { deadLetter, retry } = environment.topics.find(({ name }) => name === topic.key) ?? {};
    // These two are problems of the topic by itself.
    if (deadLetter === undefined || deadLetter === topic.key || deadLetter === retry) continue;
    const reader = environment.pools.find(({ topics: read }) => read.includes(deadLetter));
    if (reader === undefined) continue;
    const { path, place } = topic.value.dead_letter ?? topic;
    problems.add(place, {
      code: "bad_topic",
      path,
      expected: "a topic for dead letters that no pool reads",
      got: `${quoted(deadLetter)}, which pool ${quoted(reader.name)} reads: dead letters would run again`,
      sentence: `dead letters in ${quoted(deadLetter)} would run again: pool ${quoted(reader.name)} reads it`,
      hint: "name another topic with dead_letter, or remove it from the pool and from the routes",
    });
  }
}

/** A task may not need longer than the pool of its topic allows. */
function checkDeadlines(
  environment: EnvironmentModel,
  namespaces: readonly NamespaceModel[],
  deadlines: ResolvedNamespaces["deadlines"],
  problems: Problems,
): void {
  for (const namespace of namespaces) {
    const topic = topicOf(environment, namespace.name);
    const pool = environment.pools.find(({ topics }) => topic !== undefined && topics.includes(topic.name));
    if (pool === undefined) continue;
    for (const task of namespace.tasks) {
      const deadline = deadlines.get(`${namespace.name}.${task.key}`);
      if (deadline === undefined || task.processingDeadline <= pool.maxProcessingDeadline) continue;
      const most = formatDuration(pool.maxProcessingDeadline);
      problems.add(deadline.place, {
        code: "long_deadline",
        path: deadline.path,
        expected: `a deadline of at most ${most}, the longest of pool "${pool.name}" in environment "${environment.name}"`,
        got: formatDuration(task.processingDeadline),
        hint: "shorten it, or raise the pool's max_processing_deadline",
      });
    }
  }
}

function topicOf({ routes, topics }: EnvironmentModel, namespace: string): TopicModel | undefined {
  const route = routes.find((one) => one.namespace === namespace) ?? routes.find((one) => one.namespace === "*");
  return topics.find(({ name }) => name === route?.topic);
}
