import type { Model } from "../../model/model.js";

/** What a model declares; a runtime configuration is checked for names that are not in it. */
export interface Declared {
  readonly namespaces: ReadonlySet<string>;
  /** By wire name, present and former. */
  readonly tasks: ReadonlyMap<string, DeclaredTask>;
  /** Wire name by `<namespace>.<task>` as in the YAML. */
  readonly wireNames: ReadonlyMap<string, string>;
}

interface DeclaredTask {
  /** In the order of the YAML. */
  readonly parameters: readonly { readonly name: string; readonly formerly?: readonly string[] }[];
}

export function declaredBy({ namespaces }: Model): Declared {
  const tasks = new Map<string, DeclaredTask>();
  const wireNames = new Map<string, string>();
  for (const namespace of namespaces) {
    for (const task of namespace.tasks) {
      wireNames.set(`${namespace.name}.${task.key}`, task.name);
      for (const name of [task.name, ...(task.formerly ?? [])]) tasks.set(name, task);
    }
  }
  return { namespaces: new Set(namespaces.map(({ name }) => name)), tasks, wireNames };
}
