import type { FieldModel, JsonValue, TypeModel } from "taskwire/model";
import { textLiteral } from "./literal.js";
import type { NameScope } from "./scope.js";

/** A command that sends the task, to copy: required parameters with values that fit their types. */
export function sendCommand(task: string, parameters: readonly FieldModel[], scope: NameScope): string {
  const json = printed(Object.fromEntries(required(parameters, scope)));
  // Neither the shell's quote nor the end of a comment is left in it.
  return `npx taskwire send ${task} '${json.replaceAll("'", "\\u0027").replaceAll("*/", "*\\u002f")}'`;
}

function required(fields: readonly FieldModel[], scope: NameScope): [string, JsonValue][] {
  return fields.filter((field) => !field.optional).map((field) => [field.name, example(field.type, scope)]);
}

function printed(value: JsonValue): string {
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? textLiteral(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printed).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${textLiteral(key)}:${printed(item)}`)
    .join(",")}}`;
}

function example(type: TypeModel, scope: NameScope): JsonValue {
  switch (type.kind) {
    case "int":
    case "bigint":
    case "float":
      return Math.min(Math.max(1, type.min ?? 1), type.max ?? Number.POSITIVE_INFINITY);
    case "string":
      return sized("text", type.minLength, type.maxLength);
    case "bool":
      return true;
    case "bytes":
      return Buffer.from(sized("data", type.minLength, type.maxLength)).toString("base64");
    case "datetime":
      return "2026-01-31T12:00:00.000Z";
    case "uuid":
      return "00000000-0000-4000-8000-000000000000";
    case "json":
      return {};
    case "list":
      return Array.from({ length: Math.min(Math.max(1, type.minLength ?? 0), type.maxLength ?? 1) }, () =>
        example(type.element, scope),
      );
    case "map":
      return { key: example(type.element, scope) };
    case "named": {
      const named = scope.type(type.name);
      return named.kind === "enum" ? (named.values[0] ?? "") : Object.fromEntries(required(named.fields, scope));
    }
  }
}

/** The word, repeated or cut to the bounds; at most 200 characters are shown. */
function sized(word: string, min = 0, max = Number.POSITIVE_INFINITY): string {
  const length = Math.min(Math.max(word.length, min), max, 200);
  return word.repeat(Math.ceil(length / word.length) || 0).slice(0, length);
}
