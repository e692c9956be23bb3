import type { Place } from "../problem/problem.js";

/** A YAML value with its place. Integers are exact; aliases are resolved. */
export type Node = ScalarNode | MappingNode | ListNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | bigint | number | boolean | null;
  /** As written. */
  readonly source: string;
  readonly place: Place;
}

export interface MappingNode {
  readonly kind: "mapping";
  readonly entries: readonly MappingEntry[];
  readonly place: Place;
}

export interface MappingEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: Node;
}

interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly place: Place;
}

/** One schema file. */
export interface SchemaFile {
  /** Relative to the working directory, with slashes: for problems. */
  readonly file: string;
  /** Folder name of the schema and path inside it: for headers. */
  readonly source: string;
  readonly root: Node;
}

/** What was found, for messages. */
export function describe(node: Node): string {
  if (node.kind === "mapping") return node.entries.length === 0 ? "an empty mapping" : "a mapping";
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : "a list";
  return describeScalar(node);
}

function describeScalar({ value, source }: ScalarNode): string {
  if (value === null) return source === "" ? "nothing" : "null";
  if (typeof value === "string") return quoted(value);
  return source === "" ? String(value) : source;
}

/** Text in quotes, cut to a readable length. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
