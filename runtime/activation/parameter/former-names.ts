import type { z } from "zod";

const names = new WeakMap<object, readonly string[]>();
const NONE: readonly string[] = [];

/** A parameter or field with its former names: a worker reads the value under them where the current name is absent. */
export function formerly<T extends z.core.$ZodType>(schema: T, former: readonly string[]): T {
  names.set(schema, former);
  return schema;
}

/** The former names of a parameter or field. */
export function formerNames(schema: z.core.$ZodType): readonly string[] {
  return names.get(schema) ?? NONE;
}
