import type { Constraints, FieldModel, TypeModel } from "../../../../runtime/model/model.js";

/** A type as the schema writes it: "list[string]", "int". */
export function typeWords(type: TypeModel): string {
  switch (type.kind) {
    case "named":
      return type.name;
    case "list":
      return `list[${typeWords(type.element)}]`;
    case "map":
      return `map[${typeWords(type.element)}]`;
    default:
      return type.kind;
  }
}

/** What else holds for the values of a field: bounds, null, default, whether it may be left out. */
export function boundsWords({ type, optional, nullable, default: value, sensitive }: FieldModel): string[] {
  const bounds = type.kind === "named" || type.kind === "map" ? [] : constraintWords(type);
  return [
    ...bounds,
    ...(nullable ? ["may be null"] : []),
    ...(value !== undefined ? [`default ${JSON.stringify(value)}`] : optional ? ["optional"] : []),
    ...(sensitive === true ? ["sensitive"] : []),
  ];
}

function constraintWords({ min, max, minLength, maxLength, pattern }: Constraints): string[] {
  return [
    ...range(min, max, ""),
    ...range(minLength, maxLength, " long"),
    ...(pattern === undefined ? [] : [`matches /${pattern}/`]),
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  if (least !== undefined && most !== undefined) return [`${least} to ${most}${unit}`];
  if (least !== undefined) return [`at least ${least}${unit}`];
  return most === undefined ? [] : [`at most ${most}${unit}`];
}
