import type { z } from "zod";
import { instantOf } from "../../base/instant.js";
import { formerNames } from "./former-names.js";
import { type Described, describeSchema } from "./kinds.js";
import { noteUnknown } from "./unknown-keys.js";

/** Converts a decoded value to the declared type; a value that does not fit is left for zod to reject. */
type Convert = (value: unknown) => unknown;

const cache = new WeakMap<z.core.$ZodType, { readonly wire: Convert; readonly json: Convert }>();

/** From msgpack. Unknown keys of records are dropped; nil counts as absent for an optional that is not nullable. */
export function raiser(schema: z.core.$ZodType): Convert {
  return convertersOf(schema).wire;
}

/** From JSON: bigint as number or string, bytes as base64, datetime as ISO 8601. Unknown keys are kept and rejected later. */
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
        if (typeof value !== "string") return value;
        const instant = instantOf(value);
        return instant === undefined ? value : new Date(instant);
      };
    case "bytes":
      return (value) => {
        if (from === "wire" || typeof value !== "string") return value;
        // Buffer ignores characters that are not base64.
        const bytes = Buffer.from(value, "base64");
        return bytes.toString("base64").replace(/=+$/, "") === value.replace(/={1,2}$/, "")
          ? new Uint8Array(bytes)
          : value;
      };
    case "json":
      return lowerBigints;
    case "list": {
      const element = convertersOf(type.element)[from];
      return (value) => (Array.isArray(value) ? value.map((each: unknown) => element(each)) : value);
    }
    case "map": {
      const element = convertersOf(type.element)[from];
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
  const converters = Object.entries(fields).map(([name, field]) => ({
    name,
    // JSON comes from producers, which use the current names.
    former: from === "wire" ? formerNames(field) : [],
    convert: convertersOf(field)[from],
  }));
  return (value) => {
    if (!isMap(value)) return value;
    const raised: Record<string, unknown> = from === "json" ? { ...value } : {};
    let known = 0;
    for (const { name, former, convert } of converters) {
      const found = Object.hasOwn(value, name) ? name : former.find((each) => Object.hasOwn(value, each));
      if (found === undefined) continue;
      known += 1;
      const converted = convert(value[found]);
      if (converted === undefined) delete raised[name];
      else raised[name] = converted;
    }
    if (from === "wire") noteUnknown(Object.keys(value).length - known);
    return raised;
  };
}

/** Safe integers become numbers. */
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
