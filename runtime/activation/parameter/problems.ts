import { isDate, isUint8Array } from "node:util/types";
import type { z } from "zod";
import type { ParameterIssue } from "../errors.js";
import { describeSchema, type Kind } from "./kinds.js";
import { isSensitive } from "./sensitive.js";

type Issue = z.core.$ZodIssue;

/** Zod's issues in the terms of the schema language. */
export function problemsOf(schema: z.core.$ZodType, input: unknown, issues: readonly Issue[]): ParameterIssue[] {
  return issues.flatMap((issue) => problemsOfIssue(schema, input, issue));
}

const COVERED = "a value that is not shown, because it is sensitive";

function problemsOfIssue(schema: z.core.$ZodType, input: unknown, issue: Issue): ParameterIssue[] {
  const path = issue.path.map(String);
  const secret = sensitiveDepth(schema, path);
  // What is below a sensitive value, such as a map's key, is not named either.
  if (secret !== undefined) {
    const place = path.slice(0, secret);
    const expected = place.length === path.length ? expectation(schemaAt(schema, path), issue) : "a valid value";
    return [{ path: place.join("."), expected, found: COVERED }];
  }
  const value = valueAt(input, path);
  const declared = schemaAt(schema, path);
  if (issue.code === "unrecognized_keys") {
    const known = declared === undefined ? [] : fieldNames(declared);
    return issue.keys.map((key) => ({
      path: [...path, key].join("."),
      expected: known.length === 0 ? "no parameters" : `a known name (${known.join(", ")})`,
      found: show(valueAt(value, [key])),
    }));
  }
  return [{ path: path.join("."), expected: expectation(declared, issue), found: show(value) }];
}

function expectation(schema: z.core.$ZodType | undefined, issue: Issue): string {
  const name = schema === undefined ? "a known value" : nameOf(describeSchema(schema).type);
  switch (issue.code) {
    case "too_small":
      return `${name} ${issue.origin === "number" || issue.origin === "int" || issue.origin === "bigint" ? "of at least" : "of a length of at least"} ${issue.minimum}`;
    case "too_big":
      return `${name} ${issue.origin === "number" || issue.origin === "int" || issue.origin === "bigint" ? "of at most" : "of a length of at most"} ${issue.maximum}`;
    case "invalid_format":
      return name === "string" && issue.pattern !== undefined ? `string matching ${issue.pattern}` : name;
    case "custom":
      return issue.message === "Invalid input" ? name : issue.message;
    default:
      return name;
  }
}

function nameOf(type: Kind): string {
  switch (type.kind) {
    case "enum":
      return `one of ${type.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "list":
      return `list of ${nameOf(describeSchema(type.element).type)}`;
    case "map":
      return `map of ${nameOf(describeSchema(type.element).type)}`;
    case "record":
      return `record { ${Object.keys(type.fields).join(", ")} }`;
    default:
      return type.kind;
  }
}

function fieldNames(schema: z.core.$ZodType): string[] {
  const { type } = describeSchema(schema);
  return type.kind === "record" ? Object.keys(type.fields) : [];
}

function schemaAt(schema: z.core.$ZodType, path: readonly string[]): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of path) {
    if (at === undefined) return undefined;
    const { type } = describeSchema(at);
    if (type.kind === "record") at = type.fields[key];
    else at = type.kind === "list" || type.kind === "map" ? type.element : undefined;
  }
  return at;
}

/** How many elements of the path lead to the outermost sensitive value; undefined: none on the path is sensitive. */
function sensitiveDepth(schema: z.core.$ZodType, path: readonly string[]): number | undefined {
  for (let depth = 1; depth <= path.length; depth += 1) {
    const at = schemaAt(schema, path.slice(0, depth));
    if (at !== undefined && isSensitive(at)) return depth;
  }
  return undefined;
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let at = input;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

const LONGEST_SHOWN = 80;

/** A value in short form, for messages. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (isUint8Array(value)) return `bytes(${value.length})`;
  if (isDate(value)) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return typeof value;
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text =
      JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ??
      typeof value;
  } catch {
    return `an ${Array.isArray(value) ? "array" : "object"} that JSON cannot express`;
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)` : text;
}
