import type { z } from "zod";

const marked = new WeakSet<object>();

/** A parameter or field whose values no message may show. */
export function sensitive<T extends z.core.$ZodType>(schema: T): T {
  marked.add(schema);
  return schema;
}

export function isSensitive(schema: z.core.$ZodType): boolean {
  return marked.has(schema);
}
