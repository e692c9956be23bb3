import type { z } from "zod";
import { type Described, describeSchema } from "./kinds.js";

/** Turns a value as it was decoded into the declared type; what does not fit is left for zod to refuse. */
export type Convert = (value: unknown) => unknown;

const cache = new WeakMap<z.core.$ZodType, { readonly wire: Convert; readonly json: Convert }>();

/** From msgpack. Unknown keys of records are dropped; nil for an optional that is not nullable is absent. */
export function raiser(schema: z.core.$ZodType): Convert {
  return convertersOf(schema).wire;
}

/** From JSON: bigint as number or text, bytes as base64, datetime as ISO 8601. Unknown keys stay, to be refused. */
export function jsonReader(schema: z.core.$ZodType): Convert {
  return convertersOf(schema).json;
}

function convertersOf(schema: z.core.$ZodType): { readonly wire: Convert; readonly json: Convert } {
  let converters = cache.get(schema);
  if (converters === undefined) {
    const described = describeSchema(schema);
    converters = { wire: convert(described, "wire"), json: convert(described, "json") };
    cache.set(schema, converters);
  }
  return converters;
}

function convert({ type, optional, nullable }: Described, from: "wire" | "json"): Convert {
  const inner = convertKind(type, from);
  if (from === "wire" && optional && !nullable) return (value) => (value === null ? undefined : inner(value));
  return (value) => (value === null || value === undefined ? value : inner(value));
}

function convertKind(type: Described["type"], from: "wire" | "json"): Convert {
  switch (type.kind) {
    case "int":
      return (value) => (typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value);
    case "float":
      return (value) => (typeof value === "bigint" ? Number(value) : value);
    case "bigint":
      return (value) => {
        if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
        return from === "json" && typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : value;
      };
    case "datetime":
      return (value) => {
        if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return value;
        const date = new Date(value);
        return Number.isNaN(date.getTime()) ? value : date;
      };
    case "bytes":
      return (value) => {
        if (from === "wire" || typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return value;
        return new Uint8Array(Buffer.from(value, "base64"));
      };
    case "json":
      return lowerBigints;
    case "list": {
      const element = (value: unknown) => convertersOf(type.element)[from](value);
      return (value) => (Array.isArray(value) ? value.map(element) : value);
    }
    case "map": {
      const element = (value: unknown) => convertersOf(type.element)[from](value);
      return (value) =>
        isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, element(each)])) : value;
    }
    case "record":
      return recordConverter(type.fields, from);
    case "string":
    case "uuid":
    case "enum":
    case "bool":
      return (value) => value;
  }
}

function recordConverter(fields: Readonly<Record<string, z.core.$ZodType>>, from: "wire" | "json"): Convert {
  const names = Object.keys(fields);
  return (value) => {
    if (!isMap(value)) return value;
    const raised: Record<string, unknown> = from === "json" ? { ...value } : {};
    for (const name of names) {
      const field = fields[name];
      if (field === undefined || !Object.hasOwn(value, name)) continue;
      const converted = convertersOf(field)[from](value[name]);
      if (converted === undefined) delete raised[name];
      else raised[name] = converted;
    }
    return raised;
  };
}

/** Integers that a number can say are numbers. */
function lowerBigints(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(lowerBigints);
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, lowerBigints(each)]))
    : value;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
