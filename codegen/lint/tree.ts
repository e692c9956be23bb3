import type { Place } from "../problem/problem.js";
import type { MappingEntry, Node, SchemaFile } from "../read/node.js";

/** A named declaration in any file. */
export interface Declared {
  readonly name: string;
  readonly node: Node;
  /** Of its name. */
  readonly place: Place;
  /** Key path, for messages. */
  readonly path: string;
}

export function entriesOf(node: Node | undefined): readonly MappingEntry[] {
  return node?.kind === "mapping" ? node.entries : [];
}

export function entryOf(node: Node | undefined, key: string): MappingEntry | undefined {
  return entriesOf(node).find((entry) => entry.key === key);
}

export function valueAt(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  return keys.reduce<Node | undefined>((at, key) => entryOf(at, key)?.value, node);
}

/** The string of a scalar; "" for anything else. */
export function textOf(node: Node | undefined): string {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : "";
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** The declarations in a mapping. */
export function declaredIn(node: Node | undefined, path: string): readonly Declared[] {
  return entriesOf(node).map(({ key, keyPlace, value }) => ({
    name: key,
    node: value,
    place: keyPlace,
    path: /^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
  }));
}

/** The declarations in a section of the schema, in all files. */
export function declared(files: readonly SchemaFile[], section: string): readonly Declared[] {
  return files.flatMap(({ root }) => declaredIn(valueAt(root, section), section));
}

/** A section that is in one file only. */
export function sectionOf(files: readonly SchemaFile[], section: string): Declared | undefined {
  for (const { root } of files) {
    const entry = entryOf(root, section);
    if (entry !== undefined) return { name: section, node: entry.value, place: entry.keyPlace, path: section };
  }
  return undefined;
}
