import type { Model } from "taskwire/model";
import type { FilePlan } from "./file-plan.js";
import { planNamespace } from "./namespace.js";
import { NameScope } from "./scope.js";
import { planEnvironments, planIndex, planRegistry } from "./shared-files.js";
import { planTypes } from "./types-file.js";

export interface PlanOptions {
  readonly importExtension: ".js" | ".ts";
  /** File of each namespace, for headers. */
  readonly sources: ReadonlyMap<string, string>;
  /** What the files of the whole schema come from, for headers. */
  readonly source: string;
}

/** `ofNamespace`: one that remembers, say. */
export function plan(
  model: Model,
  options: PlanOptions,
  ofNamespace: typeof planNamespace = planNamespace,
): readonly FilePlan[] {
  const scope = new NameScope(model);
  const { source, importExtension } = options;
  return [
    ...model.namespaces.map((namespace) => ofNamespace(model, namespace, scope, options)),
    planTypes(model, source, scope),
    planRegistry(model, source, importExtension),
    planEnvironments(model, source),
    planIndex(model, source, importExtension),
  ];
}

export type { FilePlan } from "./file-plan.js";
export { planNamespace } from "./namespace.js";
