import type { ParameterIssue } from "../../../../runtime/activation/errors.js";
import type { FieldModel, NamedType, ScalarKind, TypeModel } from "../../../../runtime/model/model.js";
import { printJson } from "../../data/json.ts";
import { at, dotted, isObject, type Path } from "./values.ts";

type Types = readonly NamedType[];
type Constraints = Extract<TypeModel, { kind: ScalarKind }>;

/** Most issues that are listed; the rest is found when these are fixed. */
const MOST = 50;
const UUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

/** What does not fit the schema, while somebody types; the server checks it again before anything is sent. */
export function issuesOf(fields: readonly FieldModel[], value: unknown, types: Types): readonly ParameterIssue[] {
  const found: ParameterIssue[] = [];
  checkRecord(fields, value, types, [], found);
  return found.slice(0, MOST);
}

function checkRecord(
  fields: readonly FieldModel[],
  value: unknown,
  types: Types,
  path: Path,
  found: ParameterIssue[],
): void {
  if (!isObject(value)) {
    found.push(issue(path, "an object", value));
    return;
  }
  for (const key of Object.keys(value)) {
    if (!fields.some(({ name }) => name === key)) {
      const known = fields.map(({ name }) => name).join(", ");
      found.push(issue([...path, key], known === "" ? "no parameters" : `a known name (${known})`, at(value, key)));
    }
  }
  for (const field of fields) {
    const inner = at(value, field.name);
    const below = [...path, field.name];
    if (inner === undefined) {
      if (!field.optional && field.default === undefined) found.push(issue(below, typeWords(field.type, types), inner));
    } else if (inner !== null || !field.nullable) {
      checkType(field.type, inner, types, below, found);
    }
  }
}

function checkType(type: TypeModel, value: unknown, types: Types, path: Path, found: ParameterIssue[]): void {
  if (found.length >= MOST) return;
  switch (type.kind) {
    case "list":
      if (!Array.isArray(value)) found.push(issue(path, typeWords(type, types), value));
      else {
        checkLength(value.length, type, "list", path, value, found);
        for (const [index, each] of value.entries()) checkType(type.element, each, types, [...path, index], found);
      }
      return;
    case "map":
      if (!isObject(value)) found.push(issue(path, typeWords(type, types), value));
      else for (const [key, each] of Object.entries(value)) checkType(type.element, each, types, [...path, key], found);
      return;
    case "named": {
      const named = types.find(({ name }) => name === type.name);
      // The model that names it has it; an unknown one is the server's to judge.
      if (named?.kind === "record") checkRecord(named.fields, value, types, path, found);
      else if (named?.kind === "enum" && !named.values.some((each) => each === value))
        found.push(issue(path, typeWords(type, types), value));
      return;
    }
    default:
      checkScalar(type, value, path, found);
  }
}

function checkScalar(type: Constraints, value: unknown, path: Path, found: ParameterIssue[]): void {
  if (!isOfKind(type.kind, value)) {
    found.push(issue(path, SCALARS[type.kind], value));
  } else if (typeof value === "number" || typeof value === "bigint") {
    if (type.min !== undefined && value < type.min)
      found.push(issue(path, `${type.kind} of at least ${type.min}`, value));
    if (type.max !== undefined && value > type.max)
      found.push(issue(path, `${type.kind} of at most ${type.max}`, value));
  } else if (typeof value === "string" && type.kind === "string") {
    checkLength(value.length, type, "string", path, value, found);
    if (type.pattern !== undefined && !new RegExp(type.pattern, "u").test(value))
      found.push(issue(path, `string matching ${type.pattern}`, value));
  } else if (typeof value === "string" && type.kind === "bytes") {
    checkLength(Math.floor((value.replace(/=+$/, "").length * 3) / 4), type, "bytes", path, value, found);
  }
}

function checkLength(
  length: number,
  { minLength, maxLength }: { readonly minLength?: number; readonly maxLength?: number },
  noun: string,
  path: Path,
  value: unknown,
  found: ParameterIssue[],
): void {
  if (minLength !== undefined && length < minLength)
    found.push(issue(path, `${noun} of a length of at least ${minLength}`, value));
  if (maxLength !== undefined && length > maxLength)
    found.push(issue(path, `${noun} of a length of at most ${maxLength}`, value));
}

const SCALARS: Readonly<Record<ScalarKind, string>> = {
  int: "int",
  bigint: "bigint",
  float: "float",
  string: "string",
  bool: "bool",
  bytes: "bytes, as base64",
  datetime: "datetime, as 2026-11-30T14:03:20Z",
  uuid: "uuid",
  json: "json",
};

function isOfKind(kind: ScalarKind, value: unknown): boolean {
  switch (kind) {
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value);
    case "bigint":
      return (
        typeof value === "bigint" ||
        Number.isSafeInteger(value) ||
        (typeof value === "string" && /^-?\d{1,20}$/.test(value))
      );
    case "float":
      return typeof value === "number" || typeof value === "bigint";
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "bytes":
      return typeof value === "string" && BASE64.test(value);
    case "datetime":
      return typeof value === "string" && INSTANT.test(value) && Number.isFinite(Date.parse(value));
    case "uuid":
      return typeof value === "string" && UUID.test(value);
    case "json":
      return true;
  }
}

/** A type in the words of issues. */
function typeWords(type: TypeModel, types: Types): string {
  switch (type.kind) {
    case "list":
      return `list of ${typeWords(type.element, types)}`;
    case "map":
      return `map of ${typeWords(type.element, types)}`;
    case "named": {
      const named = types.find(({ name }) => name === type.name);
      if (named?.kind === "enum") return `one of ${named.values.map((value) => JSON.stringify(value)).join(", ")}`;
      return named === undefined ? type.name : `record { ${named.fields.map(({ name }) => name).join(", ")} }`;
    }
    default:
      return SCALARS[type.kind];
  }
}

const LONGEST = 80;

function issue(path: Path, expected: string, found: unknown): ParameterIssue {
  const text = found === undefined ? "nothing" : printJson(found, 0);
  return { path: dotted(path), expected, found: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text };
}
