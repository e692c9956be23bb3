import type { ScalarKind } from "taskwire/model";
import { typeHint } from "../../foreign-types.js";
import { describe, type Node } from "../../read/node.js";
import { quoteIt } from "./scalars.js";
import type { Shape } from "./shape.js";

/** The scalar types and their values, in words. */
export const SCALAR_TYPES: Readonly<Record<ScalarKind, string>> = {
  int: "a whole number within ±(2^53 - 1)",
  bigint: "a whole number of 64 bits, from -2^63 to 2^64 - 1",
  float: "a finite number",
  string: "a string",
  bool: "true or false",
  bytes: "bytes; in YAML and JSON base64",
  datetime: "an instant; in YAML and JSON such as 2026-01-31T12:00:00Z",
  uuid: "a UUID of 36 characters",
  json: "any JSON value",
};

export const SCALARS = ["int", "bigint", "float", "string", "bool", "bytes", "datetime", "uuid", "json"] as const;

export type ConstraintKey = "min" | "max" | "min_length" | "max_length" | "pattern";

const NUMBERS = ["min", "max"] as const;
const LENGTHS = ["min_length", "max_length"] as const;

/** Which constraints a type takes; types that are not listed take none. */
export const CONSTRAINTS_OF: { readonly [K in ScalarKind | "list" | "map" | "named"]?: readonly ConstraintKey[] } = {
  int: NUMBERS,
  bigint: NUMBERS,
  float: NUMBERS,
  string: [...LENGTHS, "pattern"],
  bytes: LENGTHS,
  list: LENGTHS,
};

/** A base, suffixes from the inside out, and whether it may be left out. */
export const TYPE_TEXT = /^\s*([A-Za-z][A-Za-z0-9]*)((?:\[\]|\{\})*)(\?)?\s*$/;

/** The type of a parameter or field. */
export const TYPE: Shape<string> = {
  form: { kind: "type", pattern: TYPE_TEXT.source },
  validate(node, path, problems) {
    const expected = 'a type such as int, "string?", "int[]" or a name from types';
    const value = node.kind === "scalar" ? node.value : undefined;
    if (typeof value === "string" && TYPE_TEXT.test(value)) return value;
    const text = typeof value === "string";
    const hint = text ? hintForText(value) : hintForNode(node);
    problems.add(node.place, {
      code: text ? "wrong_value" : "wrong_type",
      path,
      expected,
      got: describe(node),
      hint,
    });
    return undefined;
  },
};

/** What to write for a value that is no string. */
function hintForNode(node: Node): string | undefined {
  if (node.kind === "list") return 'a list is "int[]", with the type of its elements';
  if (node.kind === "mapping") return "declare a record under types, and write its name";
  if (node.value === null) return "add its type, such as string";
  return quoteIt(node);
}

/** Why a string is no type, when the reason is a common one. */
function hintForText(text: string): string | undefined {
  if (/\?.+/.test(text)) return 'write "?" once, at the end; elements are never optional';
  const foreign = typeHint(text);
  if (foreign !== undefined) return foreign;
  const bare = bareType(text);
  if (bare !== undefined) return bare;
  if (text.includes("|")) return "there are no unions; json takes any value";
  if (/[<([]/.test(text)) return 'a list is "int[]", a map from string is "int{}"';
  return undefined;
}

/** A type surrounded by signs of another language: typographic quotes, a comma, a comment without its space. */
function bareType(text: string): string | undefined {
  const [, type = "", rest = ""] =
    /^[\u2018\u2019\u201a-\u201e\u00ab\u00bb\u2039\u203a\u00a0`'"]*([A-Za-z]\w*(?:\[\]|\{\})*\??)(.*)$/s.exec(text) ??
    [];
  if (type === "" || type === text) return undefined;
  if (/^\s*(?:#|\/\/)/.test(rest)) return `write ${quotedWhere(type)}, and a comment as " # ..."`;
  return /^[\u2018\u2019\u201a-\u201e\u00ab\u00bb\u2039\u203a\u00a0`'",;.:\s]*$/.test(rest)
    ? `write ${quotedWhere(type)} alone`
    : undefined;
}

function quotedWhere(type: string): string {
  return /^\w+$/.test(type) ? type : `"${type}"`;
}
