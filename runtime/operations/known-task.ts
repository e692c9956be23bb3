import type { Model, NamespaceModel, TaskModel } from "../model/model.js";

/** A task as a model has it. */
export interface KnownTask {
  readonly model: Model;
  readonly namespace: NamespaceModel;
  readonly task: TaskModel;
}

/**
 * The task of an activation as the model of its application has it, also by a former name. A producer may leave the
 * application out.
 */
export function knownTask(
  models: readonly Model[],
  { task: name, application }: { readonly task: string; readonly application: string },
): KnownTask | undefined {
  for (const model of models) {
    for (const namespace of model.namespaces) {
      const owner = namespace.external?.application ?? model.application;
      if (application !== "" && application !== owner) continue;
      const task = namespace.tasks.find((each) => each.name === name || each.formerly?.includes(name) === true);
      if (task !== undefined) return { model, namespace, task };
    }
  }
  return undefined;
}
