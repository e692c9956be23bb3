import type { Model } from "taskwire/model";
import { namespaceNames, taskNames, typeNames } from "../naming.js";

interface TypeExports {
  /** The exports of types.ts. */
  readonly types: readonly string[];
  /** The exports of each namespace's file, by the namespace's name. */
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
}

/**
 * What index.ts exports of the types of the other files, so that declarations of a caller's own functions can name them:
 * a name that several files have as `<Namespace>$<name>`.
 */
export function typeExports({ namespaces, types }: Model): TypeExports {
  const ofTypes = types.flatMap(({ name, kind }) => {
    const { output, input } = typeNames(name, kind);
    return input === output ? [output] : [output, input];
  });
  const ofNamespaces = namespaces.map(({ name, external, tasks }) => {
    const { type, handlers } = namespaceNames(name);
    const ofTasks = tasks.flatMap(({ key }) => {
      const { input, parameters } = taskNames(key);
      return [input, parameters];
    });
    return { name, type, names: [type, ...(external === undefined ? [handlers] : []), ...ofTasks] };
  });
  const files = new Map<string, number>();
  for (const name of [...ofTypes, ...ofNamespaces.flatMap(({ names }) => names)])
    files.set(name, (files.get(name) ?? 0) + 1);
  const exported = (names: readonly string[], prefix: string) =>
    names.map((name) => (files.get(name) === 1 ? name : `${name} as ${prefix}$${name}`));
  return {
    types: exported(ofTypes, "types"),
    namespaces: new Map(ofNamespaces.map(({ name, type, names }) => [name, exported(names, type)])),
  };
}
