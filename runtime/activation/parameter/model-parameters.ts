import { z } from "zod";
import { named } from "../../model/environment.js";
import type { Constraints, FieldModel, Model, NamedType, ScalarKind, TaskModel, TypeModel } from "../../model/model.js";
import type { Parameters } from "../parameters.js";
import { formerly } from "./former-names.js";
import { bigint, bytes, datetime, json, map, uuid } from "./kinds.js";
import { jsonReader } from "./raise.js";
import { record } from "./record.js";
import { sensitive } from "./sensitive.js";

/** The parameters of a task from the model alone, for `send` and consoles. */
export function parametersOfModel(
  model: Model,
  task: TaskModel,
): Parameters<Record<string, unknown>, Record<string, unknown>> {
  return record<Record<string, unknown>, Record<string, unknown>>(fieldsOf(model, task.parameters));
}

function fieldsOf(model: Model, fields: readonly FieldModel[]): Record<string, z.ZodType> {
  return Object.fromEntries(fields.map((field) => [field.name, fieldOf(model, field)]));
}

function fieldOf(model: Model, field: FieldModel): z.ZodType {
  const present = presentOf(model, field);
  const schema = field.sensitive === true ? sensitive(present) : present;
  return field.formerly === undefined ? schema : formerly(schema, field.formerly);
}

function presentOf(model: Model, { type, optional, nullable, default: value }: FieldModel): z.ZodType {
  const bare = typeOf(model, type);
  const schema = nullable ? bare.nullable() : bare;
  // The model holds defaults as JSON says them: bytes as base64, a large bigint as digits.
  if (value !== undefined) return schema.default(() => jsonReader(bare)(structuredClone(value)));
  return optional ? schema.optional() : schema;
}

function typeOf(model: Model, type: TypeModel): z.ZodType {
  switch (type.kind) {
    case "list": {
      const list = z.array(typeOf(model, type.element));
      return list.min(type.minLength ?? 0).max(type.maxLength ?? Number.MAX_SAFE_INTEGER);
    }
    case "map":
      return map(typeOf(model, type.element));
    case "named":
      return namedTypeOf(model, named("type", model.types, type.name));
    default:
      return scalarOf(type.kind, type);
  }
}

function namedTypeOf(model: Model, type: NamedType): z.ZodType {
  return type.kind === "enum" ? z.enum([...type.values]) : z.strictObject(fieldsOf(model, type.fields));
}

function scalarOf(kind: ScalarKind, { min, max, minLength, maxLength, pattern }: Constraints): z.ZodType {
  switch (kind) {
    case "int":
      return z
        .int()
        .min(min ?? Number.MIN_SAFE_INTEGER)
        .max(max ?? Number.MAX_SAFE_INTEGER);
    case "float":
      return z
        .number()
        .min(min ?? -Number.MAX_VALUE)
        .max(max ?? Number.MAX_VALUE);
    case "bigint": {
      const low = min === undefined ? bigint() : bigint().min(BigInt(min));
      return max === undefined ? low : low.max(BigInt(max));
    }
    case "string": {
      const text = z
        .string()
        .min(minLength ?? 0)
        .max(maxLength ?? Number.MAX_SAFE_INTEGER);
      return pattern === undefined ? text : text.regex(new RegExp(pattern, "u"));
    }
    case "bytes":
      return bytes({
        ...(minLength === undefined ? {} : { minLength }),
        ...(maxLength === undefined ? {} : { maxLength }),
      });
    case "bool":
      return z.boolean();
    case "datetime":
      return datetime();
    case "uuid":
      return uuid();
    case "json":
      return json();
  }
}
