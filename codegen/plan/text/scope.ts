import type { Model, NamedType } from "taskwire/model";
import { namespaceNames, type TypeNames, typeNames } from "../../naming.js";

/** Names of types, and which globals the schema's own names hide. */
export class NameScope {
  readonly #types: ReadonlyMap<string, NamedType>;
  readonly #taken: ReadonlySet<string>;

  constructor(model: Model) {
    this.#types = new Map(model.types.map((type) => [type.name, type]));
    this.#taken = new Set([
      ...model.types.flatMap(({ name, kind }) => Object.values(typeNames(name, kind))),
      ...model.namespaces.map(({ name }) => namespaceNames(name).type),
    ]);
  }

  type(name: string): NamedType {
    const found = this.#types.get(name);
    if (found === undefined) throw new Error(`the model has no type "${name}"`);
    return found;
  }

  names(name: string): TypeNames {
    return typeNames(name, this.type(name).kind);
  }

  /** A global's name, written so that no name of the schema can shadow it. */
  global(name: "Date" | "Uint8Array" | "RegExp"): string {
    return this.#taken.has(name) ? `globalThis.${name}` : name;
  }
}
