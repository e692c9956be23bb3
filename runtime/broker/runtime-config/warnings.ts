import type { EnvironmentModel } from "../../model/model.js";
import type { DemotedTarget } from "../../operations/status/document.js";
import type { Declared } from "./declared.js";
import type { DropRule } from "./drop-rules.js";
import type { RuntimeConfig } from "./parse.js";

/** Most warnings in full. */
const MOST_WARNINGS = 20;

/**
 * Warnings about a valid configuration: unknown names, and a topic that no pool reads. The rules are in force all the same:
 * another application may have the names. `declared` undefined: there is no model, and names are not checked.
 */
export function warningsOf(
  config: RuntimeConfig,
  target: DemotedTarget | undefined,
  environment: EnvironmentModel,
  declared: Declared | undefined,
): readonly string[] {
  const found = [
    ...(target === undefined ? [] : topicWarnings(target, environment)),
    ...(target !== undefined || config.demotedCluster === undefined
      ? []
      : ["demoted_topic_cluster: it has no effect without demoted_topic"]),
    ...(declared === undefined
      ? []
      : [
          ...config.demotedNamespaces.flatMap((name, index) => namespaceWarnings(name, index, declared)),
          ...config.drop.flatMap((rule, index) => ruleWarnings(rule, `drop_task_killswitch[${index}]`, declared)),
        ]),
  ];
  if (found.length <= MOST_WARNINGS) return found;
  return [...found.slice(0, MOST_WARNINGS), `and ${found.length - MOST_WARNINGS} more warnings`];
}

function topicWarnings({ topic, cluster }: DemotedTarget, { name, topics, pools }: EnvironmentModel): string[] {
  const declared = topics.find((each) => each.name === topic);
  const waits = "forwarded activations wait there until one does";
  if (declared === undefined) {
    return [
      `demoted_topic: environment "${name}" declares no topic "${topic}", so no pool reads it: ${waits}; declare it and list it in a pool`,
    ];
  }
  if (declared.cluster !== cluster) {
    return [
      `demoted_topic_cluster: topic "${topic}" is declared on cluster "${declared.cluster}", and no pool reads it on "${cluster}": ${waits}; leave demoted_topic_cluster out`,
    ];
  }
  if (declared.raw !== undefined) {
    return [
      `demoted_topic: "${topic}" is the raw topic of namespace "${declared.raw}": what is forwarded there is not read as activations; name a topic of activations`,
    ];
  }
  if (pools.some(({ topics: read }) => read.includes(topic))) return [];
  return [`demoted_topic: no pool of environment "${name}" reads topic "${topic}": ${waits}; list it in a pool`];
}

function namespaceWarnings(name: string, index: number, { namespaces }: Declared): string[] {
  return namespaces.has(name)
    ? []
    : [
        `demoted_namespaces[${index}]: the model has no namespace "${name}"; unless another application sends it, nothing is forwarded`,
      ];
}

function ruleWarnings(rule: DropRule, at: string, { tasks, wireNames }: Declared): string[] {
  const task = tasks.get(rule.name);
  if (task === undefined) {
    const meant = wireNames.get(rule.name);
    return [
      meant === undefined
        ? `${at}: the model has no task with the wire name "${rule.name}"; unless another application sends it, nothing is dropped`
        : `${at}: "${rule.name}" is the task's name in the YAML, its wire name is "${meant}"; nothing is dropped until that is written`,
    ];
  }
  if (rule.kind === "task") return [];
  const { parameters } = task;
  const names = new Set(parameters.flatMap(({ name, formerly = [] }) => [name, ...formerly]));
  const known = parameters.length === 0 ? "it has none" : `it has ${parameters.map(({ name }) => name).join(", ")}`;
  return [
    ...[...rule.kwargs.keys()]
      .filter((name) => !names.has(name))
      .map((name) => `${at}.select_kwarg: task "${rule.name}" has no parameter "${name}"; ${known}`),
    ...[...rule.args.keys()]
      .filter((place) => place >= parameters.length)
      .map(
        (place) => `${at}.select_arg: task "${rule.name}" has no parameter at place ${place}, counted from 0; ${known}`,
      ),
  ];
}
