import type { Constraints, FieldModel, JsonValue, TypeModel } from "taskwire/model";
import { textLiteral } from "./literal.js";
import type { NameScope } from "./scope.js";

/** Longest command, in characters. */
const LONGEST_COMMAND = 2000;

/**
 * A command that sends the task, to copy: required parameters with values that fit their constraints. Undefined
 * when no short one does.
 */
export function sendCommand(task: string, parameters: readonly FieldModel[], scope: NameScope): string | undefined {
  const values = required(parameters, scope, 0);
  if (values === undefined) return undefined;
  const json = printed(values);
  // Without the shell's quote and the end of a comment.
  const command = `npx taskwire send ${task} '${json.replaceAll("'", "\\u0027").replaceAll("*/", "*\\u002f")}'`;
  return command.length > LONGEST_COMMAND ? undefined : command;
}

type Example = JsonValue | undefined;

function required(fields: readonly FieldModel[], scope: NameScope, depth: number): Example {
  const values: [string, JsonValue][] = [];
  for (const { name, type, optional } of fields) {
    if (optional) continue;
    const value = example(type, scope, depth);
    if (value === undefined) return undefined;
    values.push([name, value]);
  }
  return Object.fromEntries(values);
}

function printed(value: JsonValue): string {
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? textLiteral(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printed).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${textLiteral(key)}:${printed(item)}`)
    .join(",")}}`;
}

/** `depth`: of lists around it. */
function example(type: TypeModel, scope: NameScope, depth: number): Example {
  switch (type.kind) {
    case "int":
    case "bigint":
    case "float":
      return Math.min(Math.max(1, type.min ?? 1), type.max ?? Number.POSITIVE_INFINITY);
    case "string":
      return text(type);
    case "bool":
      return true;
    case "bytes": {
      const text = sized("data", type);
      return text === undefined ? undefined : Buffer.from(text).toString("base64");
    }
    case "datetime":
      return "2026-01-31T12:00:00.000Z";
    case "uuid":
      return "00000000-0000-4000-8000-000000000000";
    case "json":
      return {};
    case "list": {
      const length = lengthOf(1, Math.max(1, Math.floor(LONGEST_LIST / 4 ** depth)), type);
      if (length === undefined || length === 0) return length === 0 ? [] : undefined;
      const element = example(type.element, scope, depth + 1);
      return element === undefined ? undefined : Array.from({ length }, () => element);
    }
    case "map": {
      const element = example(type.element, scope, depth);
      return element === undefined ? undefined : { key: element };
    }
    case "named": {
      const named = scope.type(type.name);
      return named.kind === "enum" ? (named.values[0] ?? "") : required(named.fields, scope, depth);
    }
  }
}

/** Most elements of a list; a quarter of that in a list inside it, and so on. */
const LONGEST_LIST = 20;

/** Most characters of a string, and bytes of bytes. */
const LONGEST_TEXT = 200;

/** Tried in this order; if none matches the pattern, there is no command. */
const WORDS = [
  "text",
  "TEXT",
  "Text",
  "1",
  "text-1",
  "text_1",
  "text.text",
  "/text",
  "a@b.example",
  "https://text.example/",
];

function text(type: Constraints): string | undefined {
  const { pattern } = type;
  if (pattern === undefined) return sized("text", type);
  const found = new RegExp(pattern, "u");
  return WORDS.map((word) => sized(word, type)).find((word) => word !== undefined && found.test(word));
}

/** The word, repeated or cut to the bounds. */
function sized(word: string, bounds: Constraints): string | undefined {
  const length = lengthOf(word.length, LONGEST_TEXT, bounds);
  return length === undefined ? undefined : word.repeat(Math.ceil(length / word.length)).slice(0, length);
}

/** The length within the bounds that is nearest to the wanted one; undefined when none of at most `longest` is. */
function lengthOf(wanted: number, longest: number, { minLength = 0, maxLength }: Constraints): number | undefined {
  if (minLength > longest) return undefined;
  return Math.min(Math.max(wanted, minLength), maxLength ?? Number.POSITIVE_INFINITY);
}
