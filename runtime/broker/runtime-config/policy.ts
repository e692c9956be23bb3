import { equals, selectArguments } from "../../activation/arguments/select.js";
import type { EnvironmentModel, PoolModel } from "../../model/model.js";
import type { DemotedTarget } from "../../operations/status/document.js";
import type { Policy } from "../inflight/events.js";
import { type DropRule, type RuntimeConfig, RuntimeConfigError } from "./parse.js";

/**
 * The topic of demoted records, and its cluster: the named one, else the one that declares the topic, else the pool's only
 * one. undefined: no topic is named. Throws RuntimeConfigError for an unknown cluster, and when several are possible.
 */
export function demotedTarget(
  file: string,
  config: RuntimeConfig,
  environment: EnvironmentModel,
  pool: PoolModel,
): DemotedTarget | undefined {
  const { demotedTopic: topic, demotedCluster } = config;
  const known = environment.clusters.map(({ name }) => name);
  if (demotedCluster !== undefined && !known.includes(demotedCluster)) {
    throw new RuntimeConfigError(
      file,
      `demoted_topic_cluster: expected a cluster of environment "${environment.name}" (${known.join(", ")}), got "${demotedCluster}"`,
    );
  }
  if (topic === undefined) return undefined;
  const clusterOfTopic = (name: string) => environment.topics.find((declared) => declared.name === name)?.cluster;
  const named = demotedCluster ?? clusterOfTopic(topic);
  if (named !== undefined) return { topic, cluster: named };
  const [only, ...others] = new Set(pool.topics.map(clusterOfTopic));
  if (only === undefined || others.length > 0) {
    throw new RuntimeConfigError(
      file,
      `demoted_topic_cluster: expected the cluster of topic "${topic}" (one of ${known.join(", ")}): no topic of that name is declared, and pool "${pool.name}" reads several clusters`,
    );
  }
  return { topic, cluster: only };
}

type Selector = Extract<DropRule, { kind: "selector" }>;

interface TaskSelectors {
  readonly selectors: readonly Selector[];
  /** All arguments that the selectors need. */
  readonly wanted: { readonly args: ReadonlySet<number>; readonly kwargs: ReadonlySet<string> };
}

/**
 * Decides by the configuration what happens to an activation. Parameters are read only for tasks with a selector;
 * activations whose parameters are not readable are kept, and so are demoted ones that are already in the target topic.
 */
export function policyOf(
  config: RuntimeConfig,
  target: DemotedTarget | undefined,
  environment: EnvironmentModel,
  unpack: (frame: Uint8Array) => Uint8Array,
): Policy {
  const names = new Set(config.drop.filter(({ kind }) => kind === "task").map(({ name }) => name));
  const bySelector = selectorsByTask(config.drop);
  const demoted = new Set(target === undefined ? [] : config.demotedNamespaces);
  // Undefined also when the cluster of the target has no such topic in this environment.
  const here = environment.topics.find(({ name, cluster }) => name === target?.topic && cluster === target.cluster);
  return {
    judge({ task, namespace, topic, payload, id }) {
      if (names.has(task)) return "drop";
      const rules = bySelector.get(task);
      if (rules !== undefined && matches(rules, payload, id, unpack)) return "drop";
      return demoted.has(namespace) && topic !== here?.name ? "demote" : "keep";
    },
  };
}

function selectorsByTask(rules: readonly DropRule[]): ReadonlyMap<string, TaskSelectors> {
  const byTask = new Map<string, Selector[]>();
  for (const rule of rules)
    if (rule.kind === "selector") byTask.set(rule.name, [...(byTask.get(rule.name) ?? []), rule]);
  return new Map(
    [...byTask].map(([task, selectors]) => [
      task,
      {
        selectors,
        wanted: {
          args: new Set(selectors.flatMap(({ args }) => [...args.keys()])),
          kwargs: new Set(selectors.flatMap(({ kwargs }) => [...kwargs.keys()])),
        },
      },
    ]),
  );
}

function matches(
  { selectors, wanted }: TaskSelectors,
  payload: Uint8Array,
  id: string,
  unpack: (frame: Uint8Array) => Uint8Array,
): boolean {
  try {
    const { args, kwargs } = selectArguments(payload, id, wanted, unpack);
    return selectors.some(
      (selector) =>
        [...selector.args].some(([index, value]) => args.has(index) && equals(value, args.get(index))) ||
        [...selector.kwargs].some(([name, value]) => kwargs.has(name) && equals(value, kwargs.get(name))),
    );
  } catch {
    return false;
  }
}
