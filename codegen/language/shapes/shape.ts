import type { Place, Problems } from "../../problem/problem.js";
import type { Node } from "../../read/node.js";

/**
 * One part of the schema language: how a node is validated, and its form as data. JSON Schema and the reference are
 * printed from the form. There is no other list of keys.
 */
export interface Shape<T> {
  readonly form: Form;
  /** Undefined when the node has another form, which is then reported at the node's place. */
  validate(node: Node, path: string, problems: Problems): T | undefined;
}

export type Form =
  | { readonly kind: "text"; readonly what: string; readonly pattern?: string }
  /** The type of a parameter or field. */
  | { readonly kind: "type"; readonly pattern: string }
  | { readonly kind: "choice"; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: "integer" | "number"; readonly min?: number; readonly max?: number }
  | { readonly kind: "boolean" }
  /** `fractions`: milliseconds count too; otherwise whole seconds only. */
  | { readonly kind: "duration"; readonly positive: boolean; readonly fractions: boolean; readonly max: number }
  /** Bytes, written as a whole number and its unit. */
  | { readonly kind: "size"; readonly min: number }
  | { readonly kind: "anything" }
  /** A mapping of values by the names of parameters. */
  | { readonly kind: "values" }
  /** `what` names several of its elements. */
  | { readonly kind: "list"; readonly what: string; readonly element: Form; readonly nonEmpty: boolean }
  | { readonly kind: "map"; readonly names: NameRule; readonly value: Form; readonly most?: number }
  | {
      readonly kind: "mapping";
      /** Its name with an article; unique in the language. */
      readonly what: string;
      readonly keys: Readonly<Record<string, KeyForm>>;
      readonly exactlyOne: readonly string[];
    }
  /** A scalar, or a mapping or list. */
  | { readonly kind: "either"; readonly scalar: Form; readonly structure: Form }
  /** A string, or another scalar. */
  | { readonly kind: "word_or"; readonly word: Form; readonly other: Form };

export interface KeyForm {
  readonly form: Form;
  /** One sentence for the reference and for editors. */
  readonly meaning: string;
  readonly required: boolean;
}

/** What a name may look like. */
export interface NameRule {
  readonly what: string;
  readonly pattern: string;
  /** The pattern in words. */
  readonly words: string;
  /** Names that match the pattern but are reserved. */
  readonly refused: readonly string[];
}

/** A validated value and its place. */
export interface Entry<T> {
  readonly key: string;
  readonly value: T;
  readonly place: Place;
  readonly keyPlace: Place;
  /** Key path, for messages. */
  readonly path: string;
}

/** The path of a key below another: `namespaces["ingest.errors"].tasks`. */
export function below(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
