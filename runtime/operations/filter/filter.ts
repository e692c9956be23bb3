/** How an item is compared with a value of a key. */
export type Comparison = "=" | "<" | "<=" | ">" | ">=";

/** A value of a key that holds text. `prefix`: it was written with a star, and every text that begins with it matches. */
export interface Pattern {
  readonly text: string;
  readonly prefix: boolean;
}

export type TextKey = "state" | "app" | "ns" | "task" | "topic" | "id" | "worker" | "end" | "reason" | "fp" | "error";
export type NumberKey = "age" | "due" | "attempts";

/** A value that an argument is compared with. Whole numbers are bigints. */
export type ArgumentScalar = null | boolean | number | bigint | string;

/** One of the values of a term must match; an argument is looked up by its position and by its keyword. */
export type FilterTerm =
  | { readonly kind: "text"; readonly key: TextKey; readonly values: readonly Pattern[] }
  | { readonly kind: "number"; readonly key: NumberKey; readonly comparison: Comparison; readonly value: number }
  | {
      readonly kind: "argument";
      readonly position: number | undefined;
      readonly keyword: string | undefined;
      readonly values: readonly ArgumentScalar[];
    };

/** A parsed filter: every term must match. None: everything matches. */
export type Filter = readonly FilterTerm[];

export type ArgumentTerm = Extract<FilterTerm, { kind: "argument" }>;

/** The lists that a filter narrows. */
export type FilterNoun = "activations" | "ends" | "letters" | "errors";

interface Noun {
  readonly called: string;
  readonly keys: readonly (TextKey | NumberKey | "args")[];
  readonly states: readonly string[];
}

/** Which keys narrow which list. */
export const NOUNS: Readonly<Record<FilterNoun, Noun>> = {
  activations: {
    called: "activations",
    keys: ["state", "app", "ns", "task", "topic", "id", "worker", "reason", "error", "age", "due", "attempts", "args"],
    states: ["processing", "pending", "retry", "failure", "delayed", "parked"],
  },
  ends: {
    called: "ends",
    keys: ["end", "app", "ns", "task", "topic", "id", "worker", "reason", "fp", "error", "age", "attempts"],
    states: [],
  },
  letters: {
    called: "dead letters",
    keys: ["state", "app", "ns", "task", "topic", "id", "reason", "fp", "error", "age", "attempts", "args"],
    states: ["open", "replayed", "purged"],
  },
  errors: { called: "error groups", keys: ["app", "ns", "task", "reason", "fp", "error", "age"], states: [] },
};

/** Most characters of a filter, and of its values together. */
export const LONGEST_FILTER = 4096;
/** Most values of all terms. */
export const MOST_VALUES = 256;
/** Longest duration, milliseconds: 100 years. */
export const LONGEST_DURATION = 36_500 * 86_400_000;
/** Highest position of an argument. */
export const LAST_POSITION = 1024;
