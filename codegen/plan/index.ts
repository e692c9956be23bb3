import type { Model } from "taskwire/model";
import type { FilePlan } from "./file-plan.js";
import { planNamespace } from "./namespace.js";
import type { PlanOptions } from "./options.js";
import { planEnvironments, planIndex, planRegistry } from "./shared-files.js";
import { NameScope } from "./text/scope.js";
import { planTypes } from "./types-file.js";

/** `ofNamespace`: for example one with a cache. */
export function plan(
  model: Model,
  options: PlanOptions,
  ofNamespace: typeof planNamespace = planNamespace,
): readonly FilePlan[] {
  const scope = new NameScope(model);
  return [
    ...model.namespaces.map((namespace) => ofNamespace(model, namespace, scope, options)),
    planTypes(model, scope, options),
    planRegistry(model, options),
    planEnvironments(model, options),
    planIndex(model, options),
  ];
}

export type { FilePlan, ImportPlan } from "./file-plan.js";
export { planNamespace } from "./namespace.js";
export type { PlanOptions } from "./options.js";
export { fits } from "./text/literal.js";
