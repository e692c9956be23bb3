import type { Constraints, FieldModel, TypeModel } from "taskwire/model";
import { literal, numberLiteral, textLiteral } from "./literal.js";
import type { NameScope } from "./scope.js";
import { valueText } from "./value-text.js";

/** A field's zod schema, as text. Defaults are functions, so that no two runs share a value. */
export function fieldSchema(field: FieldModel, scope: NameScope): string {
  const plain = presentSchema(field, scope);
  const present = field.sensitive === true ? `$.sensitive(${plain})` : plain;
  return field.formerly === undefined ? present : `$.formerly(${present}, ${literal(field.formerly)})`;
}

function presentSchema(field: FieldModel, scope: NameScope): string {
  const type = `${typeSchema(field.type, scope)}${field.nullable ? ".nullable()" : ""}`;
  if (field.default !== undefined) return `${type}.default(${defaultText(field, scope)})`;
  return field.optional ? `${type}.optional()` : type;
}

function defaultText(field: FieldModel, scope: NameScope): string {
  const value = valueText(field.type, field.default ?? null, scope);
  return value.startsWith("{") ? `() => (${value})` : `() => ${value}`;
}

function typeSchema(type: TypeModel, scope: NameScope): string {
  switch (type.kind) {
    case "int":
      return `$.z.int()${bounds(type)}`;
    case "bigint":
      return `$.bigint()${bounds(type, "n")}`;
    case "float":
      return `$.z.number()${bounds(type)}`;
    case "string":
      return `$.z.string()${lengths(type)}${pattern(type, scope)}`;
    case "bool":
      return "$.z.boolean()";
    case "bytes":
      return `$.bytes(${lengthOptions(type)})`;
    case "datetime":
      return "$.datetime()";
    case "uuid":
      return "$.uuid()";
    case "json":
      return "$.json()";
    case "named":
      return `${scope.names(type.name).schema}()`;
    case "list":
      return `$.list(${[typeSchema(type.element, scope), lengthOptions(type)].filter(Boolean).join(", ")})`;
    case "map":
      return `$.map(${typeSchema(type.element, scope)})`;
  }
}

function bounds({ min, max }: Constraints, suffix = ""): string {
  const low = min === undefined ? "" : `.min(${numberLiteral(min)}${suffix})`;
  return max === undefined ? low : `${low}.max(${numberLiteral(max)}${suffix})`;
}

function lengths({ minLength, maxLength }: Constraints): string {
  const low = minLength === undefined ? "" : `.min(${numberLiteral(minLength)})`;
  return maxLength === undefined ? low : `${low}.max(${numberLiteral(maxLength)})`;
}

function lengthOptions({ minLength, maxLength }: Constraints): string {
  const parts = [
    ...(minLength === undefined ? [] : [`minLength: ${numberLiteral(minLength)}`]),
    ...(maxLength === undefined ? [] : [`maxLength: ${numberLiteral(maxLength)}`]),
  ];
  return parts.length === 0 ? "" : `{ ${parts.join(", ")} }`;
}

function pattern(type: Constraints, scope: NameScope): string {
  if (type.pattern === undefined) return "";
  return `.regex(new ${scope.global("RegExp")}(${textLiteral(type.pattern)}, "u"))`;
}
