import { DEFINE_ALL, DEFINE_SOME, namespaceNames, taskNames, typeNames } from "../naming.js";
import { formatPlace, type Place, type Problems } from "../problem/problem.js";
import type { Sections } from "../validate/sections.js";

interface Origin {
  readonly path: string;
  readonly place: Place;
  /** A namespace's own object and type may differ by case alone. */
  readonly pair?: string;
}

/** The names of one generated file, compared without case. */
class Scope {
  readonly #names = new Map<string, Origin & { readonly name: string }>();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** False when the name is taken; that is then reported. */
  declare(name: string, origin: Origin): boolean {
    const key = name.toLowerCase();
    const first = this.#names.get(key);
    if (first === undefined) {
      this.#names.set(key, { ...origin, name });
      return true;
    }
    if (first.pair !== undefined && first.pair === origin.pair) return true;
    const which = first.name === name ? `"${name}"` : `"${name}" beside "${first.name}"`;
    const owner = first.path === "" ? "the generated code itself" : `${first.path} at ${formatPlace(first.place)}`;
    const clash =
      first.name === name
        ? `is taken by ${owner}`
        : `differs only in case from ${first.name}, which is taken by ${owner}`;
    this.#problems.add(origin.place, {
      code: "name_clash",
      path: origin.path,
      expected: "a name of its own in the generated code",
      got: which,
      sentence: `its name in the generated code, ${name}, ${clash}`,
      hint: "choose another name",
    });
    return false;
  }
}

/** Reports generated names that collide, each in the file where it would. */
export function checkNames(sections: Sections, problems: Problems): void {
  const nowhere: Place = { file: "", line: 1, column: 1 };
  const registry = new Scope(problems);
  registry.declare(DEFINE_ALL, { path: "", place: nowhere });
  registry.declare(DEFINE_SOME, { path: "", place: nowhere });
  const files = new Scope(problems);
  declareTypes(sections, new Scope(problems));
  for (const { key, path, keyPlace: place, value } of sections.namespaces.values()) {
    const names = namespaceNames(key);
    const origin = { path, place };
    const own = { ...origin, pair: key };
    // One problem for a pair of namespaces or tasks is enough: their other names collide with these.
    const free =
      registry.declare(names.property, own) &&
      registry.declare(names.object, own) &&
      files.declare(names.module, origin);
    if (!free) continue;
    if (value.external === undefined) {
      registry.declare(names.handlers, origin);
      registry.declare(names.defineHandlers, origin);
    }

    const scope = new Scope(problems);
    declareTypes(sections, scope, true);
    scope.declare(names.object, own);
    scope.declare(names.type, own);
    if (value.external === undefined) scope.declare(names.handlers, origin);
    const properties = new Scope(problems);
    for (const task of value.tasks?.value ?? []) {
      const derived = taskNames(task.key);
      const from = { path: task.path, place: task.keyPlace };
      if (!properties.declare(derived.property, from)) continue;
      scope.declare(derived.input, from);
      scope.declare(derived.parameters, from);
    }
  }
}

function declareTypes(sections: Sections, scope: Scope, known = false): void {
  const seen = new Set<string>();
  for (const { key, path, keyPlace: place, value } of sections.types.values()) {
    if (value.type !== undefined) continue;
    const { output, input } = typeNames(key, value.fields === undefined ? "enum" : "record");
    for (const name of new Set([output, input])) {
      // In a namespace's file a collision between two types is no second problem.
      if (known && seen.has(name.toLowerCase())) continue;
      seen.add(name.toLowerCase());
      scope.declare(name, { path, place });
    }
  }
}
