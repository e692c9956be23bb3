import { z } from "zod";

/** Any JSON value; a bigint, at any depth, only beyond the safe integers. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

const marks = new WeakMap<object, Kind>();

function marked<T extends z.ZodType>(kind: Kind, schema: T): T {
  marks.set(schema, kind);
  return schema;
}

/** 64 bit, from -2^63 to 2^64 - 1. */
export function bigint(): z.ZodBigInt {
  return z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 64n - 1n);
}

/** Lengths count bytes. */
export function bytes(
  bounds: { readonly minLength?: number; readonly maxLength?: number } = {},
): z.ZodType<Uint8Array, Uint8Array> {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = bounds;
  const schema = z
    .custom<Uint8Array>((value) => value instanceof Uint8Array)
    .refine(
      (value) => value.length >= minLength && value.length <= maxLength,
      `bytes of length ${minLength} to ${maxLength}`,
    );
  return marked({ kind: "bytes" }, schema);
}

/** A Date of the years 0 to 9999; on the wire RFC 3339 in UTC with milliseconds. */
export function datetime(): z.ZodDate {
  return z.date().min(new Date("0000-01-01T00:00:00.000Z")).max(new Date("9999-12-31T23:59:59.999Z"));
}

/** A string of 36 characters in the form of a UUID. */
export function uuid(): z.ZodType<string, string> {
  return marked({ kind: "uuid" }, z.string().regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/));
}

/** Null, boolean, finite number, string, array, plain object without a key `__proto__`; a bigint only beyond 2^53. */
export function json(): z.ZodType<Json, Json> {
  return marked(
    { kind: "json" },
    z.custom<Json>().check(({ value, issues }) => {
      const fault = faultOf(value, 0);
      if (fault !== undefined) issues.push({ code: "custom", input: value, ...fault });
    }),
  );
}

/**
 * Values by string keys. One named type for each kind of value: written out at each field, the compiler would treat each as
 * a different type and compare zod's types member by member, at several times the cost of everything else.
 */
export type Values<T> = Record<string, T>;
export type ReadonlyValues<T> = Readonly<Record<string, T>>;

/**
 * A list; lengths count elements. Here and in `map` the element's schema is inferred as a whole: inferring its values, or
 * calling zod's own `array`, makes the compiler walk through zod's types at each call.
 */
export function list<T extends z.ZodType>(
  element: T,
  { minLength, maxLength }: { readonly minLength?: number; readonly maxLength?: number } = {},
): z.ZodType<z.output<T>[], readonly z.input<T>[]> {
  let schema: z.ZodArray<T> = z.array(element);
  if (minLength !== undefined) schema = schema.min(minLength);
  if (maxLength !== undefined) schema = schema.max(maxLength);
  return schema;
}

/** A map with string keys. The key `__proto__` is refused in both directions: zod's record would drop it silently. */
export function map<T extends z.ZodType>(element: T): z.ZodType<Values<z.output<T>>, ReadonlyValues<z.input<T>>>;
export function map<O, I>(element: z.ZodType<O, I>): z.ZodType<Values<O>, ReadonlyValues<I>> {
  const plain = z.custom<Readonly<Record<string, I>>>((value) => !hasProto(value), "map without the key __proto__");
  return marked({ kind: "map", element }, plain.pipe(z.record(z.string(), element)));
}

function hasProto(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__");
}

const DEEPEST_JSON = 500;

/** Where a value cannot be expressed in JSON, and what was expected there. */
interface JsonFault {
  readonly path: (string | number)[];
  readonly message: string;
}

function faultOf(value: unknown, depth: number): JsonFault | undefined {
  if (depth > DEEPEST_JSON) return { path: [], message: `json of at most ${DEEPEST_JSON} levels` };
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : { path: [], message: "json, whose numbers are finite" };
    case "bigint":
      if (Number.isSafeInteger(Number(value)))
        return { path: [], message: "json, where a bigint is beyond ±(2^53 - 1)" };
      return value >= -(2n ** 63n) && value < 2n ** 64n
        ? undefined
        : { path: [], message: "json, where a bigint has 64 bits" };
    case "object":
      if (value === null) return undefined;
      return Array.isArray(value) ? faultOfList(value, depth) : faultOfObject(value, depth);
    default:
      return { path: [], message: "json" };
  }
}

function faultOfList(list: readonly unknown[], depth: number): JsonFault | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const fault = faultOf(list[index], depth + 1);
    if (fault !== undefined) return below(index, fault);
  }
  return undefined;
}

function faultOfObject(value: object, depth: number): JsonFault | undefined {
  if (!isPlain(value)) return { path: [], message: "json, whose objects are plain" };
  for (const [key, element] of Object.entries(value)) {
    if (key === "__proto__") return { path: [], message: "json without the key __proto__" };
    const fault = faultOf(element, depth + 1);
    if (fault !== undefined) return below(key, fault);
  }
  return undefined;
}

function below(key: string | number, { path, message }: JsonFault): JsonFault {
  return { path: [key, ...path], message };
}

/** True also for objects of another realm, such as the vm context of a test runner, with its own Object.prototype. */
export function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && !(Symbol.toStringTag in value) && !(Symbol.iterator in value);
}

/** What one of our zod schemas declares, without its wrappers. */
export type Kind =
  | { readonly kind: "int" | "float" | "bigint" | "string" | "bool" | "datetime" | "uuid" | "bytes" | "json" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly element: z.core.$ZodType }
  | { readonly kind: "map"; readonly element: z.core.$ZodType }
  | { readonly kind: "record"; readonly fields: Readonly<Record<string, z.core.$ZodType>> };

export interface Described {
  readonly type: Kind;
  readonly optional: boolean;
  readonly nullable: boolean;
}

/** Describes a schema of the generated code. Throws for a zod schema that no type of the schema language produces. */
export function describeSchema(schema: z.core.$ZodType): Described {
  let optional = false;
  let nullable = false;
  let at: z.core.$ZodType = schema;
  for (;;) {
    if (at instanceof z.ZodOptional || at instanceof z.ZodDefault) optional = true;
    else if (at instanceof z.ZodNullable) nullable = true;
    else return { type: kindOf(at), optional, nullable };
    at = at.def.innerType;
  }
}

function kindOf(schema: z.core.$ZodType): Kind {
  const mark = marks.get(schema);
  if (mark !== undefined) return mark;
  if (schema instanceof z.ZodNumberFormat) return { kind: "int" };
  if (schema instanceof z.ZodNumber) return { kind: schema.def.checks?.some(isIntCheck) === true ? "int" : "float" };
  if (schema instanceof z.ZodBigInt) return { kind: "bigint" };
  if (schema instanceof z.ZodString) return { kind: "string" };
  if (schema instanceof z.ZodBoolean) return { kind: "bool" };
  if (schema instanceof z.ZodDate) return { kind: "datetime" };
  if (schema instanceof z.ZodEnum) return { kind: "enum", values: Object.values(schema.def.entries).map(String) };
  if (schema instanceof z.ZodArray) return { kind: "list", element: schema.def.element };
  if (schema instanceof z.ZodObject) return { kind: "record", fields: schema.def.shape };
  if (schema instanceof z.ZodLazy) return describeSchema(schema.def.getter()).type;
  throw new TypeError(`a zod schema of type ${schema._zod.def.type} is not of the schema language`);
}

function isIntCheck(check: z.core.$ZodCheck<never>): boolean {
  return "format" in check._zod.def && check._zod.def.format === "safeint";
}
