import type { JsonValue, TypeModel } from "taskwire/model";
import { isList, literal, objectLiteral, textLiteral } from "./literal.js";
import type { NameScope } from "./scope.js";

/** A default as an expression of its type. */
export function valueText(type: TypeModel, value: JsonValue, scope: NameScope): string {
  if (value === null || type.kind === "json") return literal(value);
  if (isList(value)) {
    const element = type.kind === "list" ? type.element : type;
    return `[${value.map((item) => valueText(element, item, scope)).join(", ")}]`;
  }
  if (typeof value === "object") {
    return objectLiteral(
      Object.entries(value).map(([key, item]) => [key, valueText(typeBelow(type, key, scope), item, scope)]),
    );
  }
  if (type.kind === "named") return `${literal(value)} as const`;
  if (type.kind === "bigint") return `${value}n`;
  if (type.kind === "datetime") return `new ${scope.global("Date")}(${textLiteral(String(value))})`;
  if (type.kind === "bytes") {
    const bytes = [...Buffer.from(String(value), "base64")];
    return `new ${scope.global("Uint8Array")}([${bytes.join(", ")}])`;
  }
  return literal(value);
}

/** The type of the value at a key of a map or a record. */
function typeBelow(type: TypeModel, key: string, scope: NameScope): TypeModel {
  if (type.kind === "map") return type.element;
  const named = type.kind === "named" ? scope.type(type.name) : undefined;
  const field = named?.kind === "record" ? named.fields.find(({ name }) => name === key) : undefined;
  if (field === undefined) throw new Error(`a default has the key "${key}", its type has not`);
  return field.type;
}
