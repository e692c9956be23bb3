import { Extension } from "../activation/arguments/read-msgpack.js";
import { printExactJson } from "../base/print-exact-json.js";
import type { FieldModel, Model, TypeModel } from "../model/model.js";
import { isCalled, isFields } from "./redaction/model-value.js";

/** A value that the JSON form of parameters does not have. */
class Unsayable extends Error {}

/**
 * Parameters by name in the JSON form of `taskwire send`, as text for editing: bytes as base64, integers of any size as
 * numbers. undefined: a value has no such form, or is not of its declared type.
 */
export function editableText(
  model: Model,
  fields: readonly FieldModel[],
  values: ReadonlyMap<string, unknown>,
): string | undefined {
  try {
    const said = [...values].map(([name, value]): [string, unknown] => {
      const field = fields.find((each) => isCalled(each, name));
      return [field?.name ?? name, sayable(model, field?.type, value)];
    });
    return printExactJson(Object.fromEntries(said));
  } catch (error) {
    if (error instanceof Unsayable) return undefined;
    throw error;
  }
}

function sayable(model: Model, type: TypeModel | undefined, value: unknown): unknown {
  if (value instanceof Uint8Array) {
    if (type?.kind !== "bytes") throw new Unsayable();
    return Buffer.from(value).toString("base64");
  }
  if (value instanceof Extension) throw new Unsayable();
  if (typeof value === "number" && !Number.isFinite(value)) throw new Unsayable();
  if (Array.isArray(value)) {
    const element = type?.kind === "list" ? type.element : undefined;
    return value.map((each: unknown) => sayable(model, element, each));
  }
  if (isFields(value)) return fieldsOf(model, type, value);
  return value;
}

function fieldsOf(model: Model, type: TypeModel | undefined, value: object): object {
  const declared = type?.kind === "named" ? model.types.find(({ name }) => name === type.name) : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]): [string, unknown] => {
      if (type?.kind === "map") return [name, sayable(model, type.element, each)];
      const field =
        declared?.kind === "record" ? declared.fields.find((candidate) => isCalled(candidate, name)) : undefined;
      return [field?.name ?? name, sayable(model, field?.type, each)];
    }),
  );
}
