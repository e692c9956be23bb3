import type { ScalarKind } from "taskwire/model";
import { SCALARS } from "../language/index.js";

/** A type as written: a base, the suffixes from the inside out, and whether it may be left out. */
export interface TypeText {
  readonly base: string;
  readonly suffixes: readonly ("list" | "map")[];
  readonly optional: boolean;
}

/** Undefined when the text is no type. */
export function parseTypeText(text: string): TypeText | undefined {
  const match = /^([A-Za-z][A-Za-z0-9]*)((?:\[\]|\{\})*)(\?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const suffixes = [...(match[2] ?? "").matchAll(/\[\]|\{\}/g)].map(([suffix]) => (suffix === "[]" ? "list" : "map"));
  return { base: match[1] ?? "", suffixes, optional: match[3] !== undefined };
}

/** Why a text is no type, when the reason is a common one. */
export function typeTextHint(text: string): string | undefined {
  if (/\?.+/.test(text)) return 'a "?" stands once, at the end; elements are never optional';
  if (text.includes("|")) return "there are no unions; json takes any value";
  if (/[<(]/.test(text)) return 'a list is "int[]", a map from text is "int{}"';
  return undefined;
}

export function isScalar(base: string): base is ScalarKind {
  return SCALARS.some((scalar) => scalar === base);
}
