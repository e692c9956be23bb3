import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import type { ProblemCode } from "../problem/kinds.js";
import { formatPlace, type Place, type Problems } from "../problem/problem.js";
import { sectionOf } from "./lines.js";
import type { MappingEntry, Node } from "./node.js";

/** Nesting of schema files; real ones need about ten. */
const DEEPEST = 64;
/** With flag u only lone surrogates match; UTF-8 cannot encode them. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/u;
/** Largest number of nodes that aliases may add to a file. */
const ALIASED_NODES = 10_000;

interface ReaderInput {
  readonly document: Document;
  readonly placeAt: (offset: number) => Place;
  readonly lineText: (line: number) => string;
  readonly problems: Problems;
  readonly size: number;
}

/** Turns the parser's document into nodes with places, and rejects the parts of YAML that schemas do not support. */
export class NodeReader {
  readonly #input: ReaderInput;
  readonly #open = new Set<unknown>();
  #inAlias = 0;
  #aliasedNodes = 0;

  constructor(input: ReaderInput) {
    this.#input = input;
  }

  /** Rejected parts are reported and left out; the problems are then incomplete. */
  read(): Node {
    return this.#node(this.#input.document.contents, { file: "", line: 1, column: 1 }, 0);
  }

  #refuse(code: ProblemCode, place: Place, expected: string, got: string, hint?: string, sentence?: string): void {
    this.#input.problems.add(place, { code, path: "", expected, got, hint, sentence });
    this.#input.problems.markIncomplete(sectionOf(this.#input.lineText, place.line));
  }

  #place(node: unknown, fallback: Place): Place {
    const range =
      typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? node.range : [];
    const offset: unknown = range[0];
    return typeof offset === "number" ? this.#input.placeAt(offset) : fallback;
  }

  #node(node: unknown, fallback: Place, depth: number): Node {
    const place = this.#place(node, fallback);
    const nothing: Node = { kind: "scalar", value: null, source: "", place };
    if (node === null || node === undefined) return nothing;
    if (depth > DEEPEST) {
      this.#refuse(
        "yaml_syntax",
        place,
        `at most ${DEEPEST} levels`,
        "more",
        undefined,
        `nested more than ${DEEPEST} levels deep`,
      );
      return nothing;
    }
    if (this.#inAlias > 0 && ++this.#aliasedNodes > ALIASED_NODES) {
      if (this.#aliasedNodes === ALIASED_NODES + 1) {
        this.#refuse(
          "yaml_alias",
          place,
          `aliases that add at most ${ALIASED_NODES} values`,
          "more",
          "write the values out",
        );
      }
      return nothing;
    }
    if (isAlias(node)) return this.#alias(node, place, depth);
    // The parser has already converted a tagged value.
    if (this.#refusesTag(node, place)) return nothing;
    if (isScalar(node)) {
      if (typeof node.value === "string" && LONE_SURROGATE.test(node.value)) {
        this.#refuse(
          "yaml_left_out",
          place,
          "whole characters",
          "a lone surrogate",
          "write \\U and 8 hex digits",
          "a string contains a lone surrogate",
        );
      }
      return { kind: "scalar", value: scalarValue(node.value), source: node.source ?? "", place };
    }
    if (isSeq(node)) {
      return {
        kind: "list",
        items: this.#within(node, () => node.items.map((item) => this.#node(item, place, depth + 1))),
        place,
      };
    }
    if (isMap(node)) {
      return { kind: "mapping", entries: this.#within(node, () => this.#entries(node, place, depth)), place };
    }
    throw new TypeError("the YAML parser gave an unknown kind of node");
  }

  #within<T>(node: unknown, read: () => T): T {
    this.#open.add(node);
    try {
      return read();
    } finally {
      this.#open.delete(node);
    }
  }

  #alias(alias: Alias, place: Place, depth: number): Node {
    const nothing: Node = { kind: "scalar", value: null, source: "", place };
    const target = this.#resolve(alias);
    if (target === undefined) {
      const hint = hintForAlias(alias.source, this.#input.lineText(place.line));
      this.#refuse("yaml_alias", place, `an anchor "&${alias.source}" before its alias`, "none", hint);
      return nothing;
    }
    if (this.#open.has(target)) {
      this.#refuse(
        "yaml_alias",
        place,
        "an alias of something else",
        `"*${alias.source}", which contains itself`,
        "write the value out",
        `the alias "*${alias.source}" contains itself`,
      );
      return nothing;
    }
    this.#inAlias++;
    try {
      return this.#node(target, place, depth + 1);
    } finally {
      this.#inAlias--;
    }
  }

  /** The last anchor of that name before the alias. The parser's own `resolve` limits aliases in a way that rejects big files. */
  readonly #anchors = new Map<string, { readonly node: unknown; readonly offset: number }[]>();

  #resolve(alias: Alias): unknown {
    if (this.#anchors.size === 0) this.#collectAnchors(this.#input.document.contents, 0);
    const before = (this.#anchors.get(alias.source) ?? []).filter(({ offset }) => offset < (alias.range?.[0] ?? 0));
    return before.at(-1)?.node;
  }

  #collectAnchors(node: unknown, depth: number): void {
    if (depth > DEEPEST) return;
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      const list = this.#anchors.get(node.anchor) ?? [];
      list.push({ node, offset: node.range?.[0] ?? 0 });
      this.#anchors.set(node.anchor, list);
    }
    if (isSeq(node)) for (const item of node.items) this.#collectAnchors(item, depth + 1);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        this.#collectAnchors(key, depth + 1);
        this.#collectAnchors(value, depth + 1);
      }
    }
  }

  #refusesTag(node: { readonly tag?: string | undefined }, place: Place): boolean {
    if (node.tag === undefined) return false;
    const tag = node.tag.replace("tag:yaml.org,2002:", "!!");
    this.#refuse("yaml_left_out", place, "a value without a tag", `the tag "${tag}"`, "remove the tag");
    return true;
  }

  #entries(map: YAMLMap, place: Place, depth: number): readonly MappingEntry[] {
    const seen = new Map<string, Place>();
    const entries: MappingEntry[] = [];
    for (const pair of map.items) {
      const keyPlace = this.#place(pair.key, place);
      const key = this.#key(pair, keyPlace);
      if (key === undefined) continue;
      const first = seen.get(key);
      if (first !== undefined) {
        this.#refuse(
          "duplicate_key",
          keyPlace,
          `the key "${key}" once`,
          "it again",
          `the first is at ${formatPlace(first)}; rename or remove one`,
          `${key} is defined twice in one mapping`,
        );
        continue;
      }
      seen.set(key, keyPlace);
      entries.push({ key, keyPlace, value: this.#node(pair.value, keyPlace, depth + 1) });
    }
    return entries;
  }

  #key(pair: Pair, place: Place): string | undefined {
    const { key } = pair;
    if (isScalar(key) && this.#refusesTag(key, place)) return undefined;
    if (isScalar(key) && typeof key.value === "string") {
      if (key.value !== "<<") return key.value;
      this.#refuse(
        "yaml_left_out",
        place,
        "a key",
        'the merge key "<<"',
        "write the keys out",
        'YAML 1.2 has no merge key "<<"',
      );
      return undefined;
    }
    if (isScalar(key)) {
      const source = key.source ?? "";
      const kind = key.value === null ? "null" : typeof key.value === "boolean" ? "a boolean" : "a number";
      this.#refuse(
        "yaml_key",
        place,
        "a string as key",
        source === "" ? "nothing" : `${source}, which is ${kind}`,
        `quote it: "${source}"`,
      );
      return undefined;
    }
    if (isAlias(key))
      this.#refuse("yaml_key", place, "a string as key", `the alias "*${key.source}"`, `quote it: "*${key.source}"`);
    else this.#refuse("yaml_key", place, "a string as key", "a mapping or list");
    return undefined;
  }
}

/** The hint for an alias without an anchor: probably a value that begins with a star. */
function hintForAlias(name: string, line: string): string {
  const cron = /\s(\*\/[^#"'{}[\],]*[^\s#"'{}[\],])/.exec(line);
  if (name.startsWith("/") && cron !== null) return `quote it: "${cron[1] ?? ""}"`;
  return `quote it if it is a string: "*${name}"`;
}

function scalarValue(value: unknown): string | bigint | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (
    typeof value === "string" ||
    typeof value === "bigint" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    return value;
  }
  throw new TypeError(`the YAML parser gave a ${typeof value} as a scalar`);
}
