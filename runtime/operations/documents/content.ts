/**
 * A value of a parameter as JSON: integers beyond ±(2^53 - 1) are strings of digits, times as they are on the wire. Bytes are
 * `{ "$bytes": HEX, "length": N }` with the first KiB, values of extension types also have `"$ext": TYPE`. A covered value is
 * `{ "$covered": true }`.
 */
export type ShownValue =
  | null
  | boolean
  | number
  | string
  | readonly ShownValue[]
  | { readonly [key: string]: ShownValue };

/** A parameter of a task that the model knows. */
export interface ShownParameter {
  readonly name: string;
  /** As in the schema; null: the schema has no such parameter. */
  readonly type: string | null;
  /** null: it is absent. */
  readonly value: ShownValue | null;
  readonly absent: boolean;
  readonly covered: boolean;
}

/** What an encoded activation holds, for people to look at. */
export interface ActivationContent {
  readonly headers: { readonly [name: string]: ShownValue };
  /**
   * - by name, in the order of the schema, when the model has the task;
   * - as sent, positional and by keyword, when it has not;
   * - "large": compressed, and more than 1 MiB when opened: not opened unless it is asked for;
   * - not readable: the first KiB as hex; null: it is covered, because the task has sensitive parameters.
   */
  readonly parameters:
    | { readonly kind: "named"; readonly parameters: readonly ShownParameter[] }
    | {
        readonly kind: "unnamed";
        readonly args: readonly ShownValue[];
        readonly kwargs: { readonly [name: string]: ShownValue };
      }
    | { readonly kind: "large"; readonly bytes: number }
    | { readonly kind: "unreadable"; readonly problem: string; readonly hex: string | null; readonly bytes: number };
}
