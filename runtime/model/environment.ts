import { TaskwireError } from "../base/errors.js";
import type { AbsentNamespace, ClusterModel, EnvironmentModel, PoolModel, TopicModel } from "./model.js";

export class UnknownNameError extends TaskwireError {
  constructor(what: string, name: string, known: readonly string[], cure = "") {
    super("unknown_name", `unknown ${what} "${name}"; known: ${known.length === 0 ? "none" : known.join(", ")}${cure}`);
  }
}

/** The problem of a schema without environments, with a hint. */
export const NO_ENVIRONMENT =
  'the schema declares no environment; add `environments: { local: { clusters: { local: { sqlite: log.db } }, topics: { tasks: { cluster: local } }, routes: { "*": tasks } } }` to a schema file and run `npx taskwire codegen`';

/** A task's namespace is not available in the connected environment; nothing was sent. */
export class AbsentNamespaceError extends TaskwireError {
  readonly namespace: string;
  readonly environment: string;

  /** `task`: `<namespace>.<task>` of the call, if any. */
  constructor({ namespace, environments }: AbsentNamespace, environment: string, task?: string) {
    super(
      "namespace_absent",
      `${task === undefined ? "" : `${task}: `}environment "${environment}" does not have namespace "${namespace}", which is only in ${environments.join(", ")}; connect to one that has it, or add "${environment}" to the namespace's environments in the schema`,
    );
    this.namespace = namespace;
    this.environment = environment;
  }
}

/** Whether the environment has the namespace. */
export function hasNamespace({ absent }: EnvironmentModel, namespace: string): boolean {
  return absent === undefined || absent.every((one) => one.namespace !== namespace);
}

/** Throws AbsentNamespaceError when the environment does not have it. `task`: for the message. */
export function checkNamespace(environment: EnvironmentModel, namespace: string, task?: string): void {
  const absent = environment.absent?.find((one) => one.namespace === namespace);
  if (absent !== undefined) throw new AbsentNamespaceError(absent, environment.name, task);
}

/** The entry of that name. Throws UnknownNameError, which names the known ones. */
export function named<T extends { readonly name: string }>(what: string, entries: readonly T[], name: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined)
    throw new UnknownNameError(
      what,
      name,
      entries.map((entry) => entry.name),
    );
  return found;
}

/**
 * The topic a namespace is routed to: its own route, else the one of "*". Throws UnknownNameError when it has none, and
 * AbsentNamespaceError when the environment does not have the namespace.
 */
export function topicOf(environment: EnvironmentModel, namespace: string): TopicModel {
  checkNamespace(environment, namespace);
  const route =
    environment.routes.find((route) => route.namespace === namespace) ??
    environment.routes.find((route) => route.namespace === "*");
  if (route === undefined) {
    throw new UnknownNameError(
      `route of environment "${environment.name}" for namespace`,
      namespace,
      environment.routes.map((route) => route.namespace),
    );
  }
  return named("topic", environment.topics, route.topic);
}

/** The cluster that holds a topic. */
export function clusterOf(environment: EnvironmentModel, topic: TopicModel): ClusterModel {
  return named("cluster", environment.clusters, topic.cluster);
}

/** Throws UnknownNameError, which names the known pools. */
export function poolOf({ name: environment, pools }: EnvironmentModel, name: string): PoolModel {
  const found = pools.find((pool) => pool.name === name);
  if (found !== undefined) return found;
  const known = pools.map((pool) => pool.name);
  const cure = `; a broker reads one pool of environment "${environment}": --pool ${known[0] ?? "NAME"}`;
  throw new UnknownNameError("pool", name, known, cure);
}

/** The clusters of the topics that a pool reads, each once. */
export function clustersOf(environment: EnvironmentModel, pool: PoolModel): ClusterModel[] {
  const read = pool.topics.map((name) => clusterOf(environment, named("topic", environment.topics, name)));
  return [...new Set(read)];
}
