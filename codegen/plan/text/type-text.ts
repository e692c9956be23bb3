import type { FieldModel, TypeModel } from "taskwire/model";
import type { NameScope } from "./scope.js";

/** Whose view: what a caller passes, or what a handler receives. */
export type Side = "input" | "output";

/** A type in TypeScript. A caller may pass read-only lists and maps. */
function typeText(type: TypeModel, side: Side, scope: NameScope): string {
  switch (type.kind) {
    case "int":
    case "float":
      return "number";
    case "bigint":
      return "bigint";
    case "string":
    case "uuid":
      return "string";
    case "bool":
      return "boolean";
    case "bytes":
      return scope.global("Uint8Array");
    case "datetime":
      return scope.global("Date");
    case "json":
      return "$.Json";
    case "named":
      return scope.names(type.name)[side];
    case "list": {
      const element = typeText(type.element, side, scope);
      if (side === "output") return `${element}[]`;
      return element.startsWith("readonly ") ? `readonly (${element})[]` : `readonly ${element}[]`;
    }
    case "map":
      return `$.${side === "input" ? "ReadonlyValues" : "Values"}<${typeText(type.element, side, scope)}>`;
  }
}

/** A field of an interface, without its comment. */
export function fieldText(field: FieldModel, side: Side, scope: NameScope): string {
  const absent = side === "input" ? field.optional : field.optional && field.default === undefined;
  const type = `${typeText(field.type, side, scope)}${field.nullable ? " | null" : ""}`;
  return absent ? `${field.name}?: ${type} | undefined` : `${field.name}: ${type}`;
}

/** Named types that a type holds, itself included. */
export function namedIn(type: TypeModel): readonly string[] {
  if (type.kind === "named") return [type.name];
  return type.kind === "list" || type.kind === "map" ? namedIn(type.element) : [];
}
