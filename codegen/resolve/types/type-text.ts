import type { ScalarKind } from "taskwire/model";
import { SCALARS, TYPE_TEXT } from "../../language/index.js";

/** A type as written: a base, the suffixes from the inside out, and whether it may be left out. */
interface TypeText {
  readonly base: string;
  readonly suffixes: readonly ("list" | "map")[];
  readonly optional: boolean;
}

/** Undefined when the text is no type. */
export function parseTypeText(text: string): TypeText | undefined {
  const match = TYPE_TEXT.exec(text);
  if (match === null) return undefined;
  const suffixes = [...(match[2] ?? "").matchAll(/\[\]|\{\}/g)].map(([suffix]) => (suffix === "[]" ? "list" : "map"));
  return { base: match[1] ?? "", suffixes, optional: match[3] !== undefined };
}

export function isScalar(base: string): base is ScalarKind {
  return SCALARS.some((scalar) => scalar === base);
}
