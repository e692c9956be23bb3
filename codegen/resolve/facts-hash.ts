import { createHash } from "node:crypto";
import type { FieldModel, JsonValue, NamedType, TypeModel } from "taskwire/model";

/**
 * 16 hex digits over what both ends of the wire must agree on: the namespace, and each parameter's name and type in
 * full, in order. The task's own name is left out: hashes are compared by it, and a renamed task has the same hash under
 * both names.
 */
export function factsHash(
  namespace: string,
  parameters: readonly FieldModel[],
  named: ReadonlyMap<string, NamedType>,
): string {
  const facts = { namespace, parameters: parameters.map((field) => fieldFacts(field, named)) };
  return createHash("sha256").update(canonical(facts)).digest("hex").slice(0, 16);
}

function fieldFacts(field: FieldModel, named: ReadonlyMap<string, NamedType>): JsonValue {
  const { name, type, optional, nullable } = field;
  const facts = { name, type: typeFacts(type, named), optional, nullable };
  return field.default === undefined ? facts : { ...facts, default: field.default };
}

/** A record counts by its fields and an enum by its values: their names do not travel. */
function typeFacts(type: TypeModel, named: ReadonlyMap<string, NamedType>): JsonValue {
  if (type.kind === "list") return { ...type, element: typeFacts(type.element, named) };
  if (type.kind === "map") return { kind: "map", element: typeFacts(type.element, named) };
  if (type.kind !== "named") return { ...type };
  const found = named.get(type.name);
  if (found === undefined) return { kind: "named", name: type.name };
  if (found.kind === "enum") return { kind: "enum", values: found.values };
  return { kind: "record", fields: found.fields.map((field) => fieldFacts(field, named)) };
}

/** JSON with the keys of every object sorted. */
function canonical(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
