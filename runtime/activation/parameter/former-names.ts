import type { z } from "zod";

const names = new WeakMap<object, readonly string[]>();
const NONE: readonly string[] = [];

/** A parameter or field with the names it had before: a worker reads its value under them where its own is absent. */
export function formerly<T extends z.core.$ZodType>(schema: T, former: readonly string[]): T {
  names.set(schema, former);
  return schema;
}

/** Its former names; none for most. */
export function formerNames(schema: z.core.$ZodType): readonly string[] {
  return names.get(schema) ?? NONE;
}
