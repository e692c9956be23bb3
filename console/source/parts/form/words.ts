import type { Constraints, NamedType, TypeModel } from "../../../../runtime/model/model.js";

/** A type with its bounds, beside a field: "int 1 to 100", "string, at most 64 characters". */
export function boundsWords(type: TypeModel, types: readonly NamedType[]): string {
  switch (type.kind) {
    case "list":
      return `list of ${boundsWords(type.element, types)}${lengthWords(type, "elements")}`;
    case "map":
      return `map of ${boundsWords(type.element, types)}`;
    case "named":
      return type.name;
    case "string":
      return `string${lengthWords(type, "characters")}${type.pattern === undefined ? "" : `, matching ${type.pattern}`}`;
    case "bytes":
      return `bytes as base64${lengthWords(type, "bytes")}`;
    default:
      return `${type.kind}${rangeWords(type)}`;
  }
}

function rangeWords({ min, max }: Constraints): string {
  if (min !== undefined && max !== undefined) return ` ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

function lengthWords({ minLength, maxLength }: Constraints, noun: string): string {
  if (minLength !== undefined && maxLength !== undefined) return `, ${minLength} to ${maxLength} ${noun}`;
  if (minLength !== undefined) return `, at least ${minLength} ${noun}`;
  return maxLength === undefined ? "" : `, at most ${maxLength} ${noun}`;
}
