import { createHash } from "node:crypto";
import type { FieldModel, JsonValue, NamedType, TypeModel } from "taskwire/model";

/** The facts hash of tasks whose parameters name the same types. */
export class FactsHasher {
  readonly #named: ReadonlyMap<string, NamedType>;
  /** Of named types, by name: most schemas use a few of them in many tasks. */
  readonly #texts = new Map<string, string>();

  constructor(named: ReadonlyMap<string, NamedType>) {
    this.#named = named;
  }

  /**
   * 16 hex digits over what both ends of the wire must agree on: the namespace, and each parameter's name and type in
   * full, in order. The task's own name is left out: hashes are compared by it, and a renamed task has the same hash
   * under both names.
   */
  hash(namespace: string, parameters: readonly FieldModel[]): string {
    const facts = object({ namespace: JSON.stringify(namespace), parameters: this.#fields(parameters) });
    return createHash("sha256").update(facts).digest("hex").slice(0, 16);
  }

  #fields(fields: readonly FieldModel[]): string {
    return `[${fields.map((field) => this.#field(field)).join(",")}]`;
  }

  #field({ name, type, optional, nullable, ...more }: FieldModel): string {
    return object({
      name: JSON.stringify(name),
      type: this.#type(type),
      optional: String(optional),
      nullable: String(nullable),
      ...(more.default === undefined ? {} : { default: canonical(more.default) }),
    });
  }

  #type(type: TypeModel): string {
    if (type.kind === "list") {
      const { element, ...rest } = type;
      return object({ ...texts({ ...rest }), element: this.#type(element) });
    }
    if (type.kind === "map") return object({ kind: '"map"', element: this.#type(type.element) });
    if (type.kind !== "named") return canonical({ ...type });
    const known = this.#texts.get(type.name);
    if (known !== undefined) return known;
    const text = this.#namedType(type.name);
    this.#texts.set(type.name, text);
    return text;
  }

  /** A record counts by its fields and an enum by its values: their names do not travel. */
  #namedType(name: string): string {
    const found = this.#named.get(name);
    if (found === undefined) return canonical({ kind: "named", name });
    if (found.kind === "enum") return canonical({ kind: "enum", values: found.values });
    return object({ kind: '"record"', fields: this.#fields(found.fields) });
  }
}

/** JSON with the keys of every object sorted. */
function canonical(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return isList(value) ? `[${value.map(canonical).join(",")}]` : object(texts(value));
}

function texts(value: { readonly [key: string]: JsonValue }): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonical(item)]));
}

function object(texts: Readonly<Record<string, string>>): string {
  const keys = Object.keys(texts).sort((a, b) => (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${texts[key]}`).join(",")}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
