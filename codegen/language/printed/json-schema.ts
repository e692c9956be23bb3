import { SCHEMA_FILE } from "../schema.js";
import type { Form, NameRule } from "../shapes/shape.js";
import { SCALARS } from "../shapes/type-text.js";

/** A JSON value; keys keep their order. */
type Json = string | number | boolean | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}
type MappingForm = Extract<Form, { kind: "mapping" }>;

const SAFE = Number.MAX_SAFE_INTEGER;
const DURATION = String.raw`^\s*\d+(\.\d+)?(ms|s|m|h|d)?\s*$`;

/**
 * The language as JSON Schema, draft 7, for editors. It accepts everything that the validator accepts, and rejects problems
 * that need no other part of the schema: those with `editor` in PROBLEM_KINDS.
 */
export function jsonSchema(): JsonObject {
  const definitions: Definitions = new Map();
  const { form } = SCHEMA_FILE;
  if (form.kind !== "mapping") throw new TypeError("a schema file is a mapping");
  const root = mappingSchema(form, definitions);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Taskwire schema",
    description: "A file of a schema from which `npx taskwire codegen` generates.",
    ...root,
    definitions: Object.fromEntries(
      [...definitions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { schema }]) => [name, schema]),
    ),
  };
}

type Definitions = Map<string, { readonly form: MappingForm; readonly schema: JsonObject }>;

function schemaOf(form: Form, definitions: Definitions): JsonObject {
  switch (form.kind) {
    case "text":
      return { type: "string", ...(form.pattern === undefined ? {} : { pattern: form.pattern }) };
    case "type":
      return { type: "string", anyOf: [{ enum: typeWords() }, { pattern: form.pattern }] };
    case "choice":
      return { enum: form.values };
    case "integer":
      return { type: "integer", ...bounds({ min: form.min ?? -SAFE, max: form.max ?? SAFE }) };
    case "number":
      return { type: "number", ...bounds(form) };
    case "boolean":
      return { type: "boolean" };
    case "duration":
      return {
        anyOf: [
          { type: "string", pattern: DURATION },
          { type: "number", minimum: 0 },
        ],
      };
    case "size":
      return { type: "string", pattern: String.raw`^\d{1,15} ?(KiB|MiB|GiB|TiB)$` };
    case "anything":
      return {};
    case "values":
      return { type: "object" };
    case "list":
      return {
        type: "array",
        items: schemaOf(form.element, definitions),
        ...(form.nonEmpty ? { minItems: 1 } : {}),
      };
    case "map":
      return {
        type: "object",
        propertyNames: nameSchema(form.names),
        additionalProperties: schemaOf(form.value, definitions),
        ...(form.most === undefined ? {} : { maxProperties: form.most }),
      };
    case "mapping":
      return { $ref: `#/definitions/${define(form, definitions)}` };
    case "either":
      return { anyOf: [schemaOf(form.scalar, definitions), schemaOf(form.structure, definitions)] };
    case "word_or":
      return { anyOf: [schemaOf(form.word, definitions), schemaOf(form.other, definitions)] };
  }
}

/** The name of its definition, which is added when it is new. */
function define(form: MappingForm, definitions: Definitions): string {
  const name = form.what.replace(/^an? /, "").replaceAll(" ", "_");
  const known = definitions.get(name);
  if (known === undefined) definitions.set(name, { form, schema: mappingSchema(form, definitions) });
  else if (known.form !== form) throw new Error(`two mappings of the language are called "${form.what}"`);
  return name;
}

function mappingSchema(form: MappingForm, definitions: Definitions): JsonObject {
  const keys = Object.entries(form.keys);
  const properties = keys.map(([name, { form: value, meaning }]): [string, JsonObject] => [
    name,
    { description: meaning, ...schemaOf(value, definitions) },
  ]);
  const required = keys.filter(([, key]) => key.required).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    ...(form.exactlyOne.length === 0 ? {} : { oneOf: form.exactlyOne.map((name) => ({ required: [name] })) }),
  };
}

function nameSchema({ pattern, refused }: NameRule): JsonObject {
  return { pattern, ...(refused.length === 0 ? {} : { not: { enum: refused } }) };
}

function bounds({ min, max }: { readonly min?: number; readonly max?: number }): JsonObject {
  return { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
}

/** What an editor offers: each scalar type, alone and as it may be left out. */
function typeWords(): readonly string[] {
  return SCALARS.flatMap((name) => [name, `${name}?`]);
}
