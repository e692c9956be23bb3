import type { Problems } from "../problem.js";
import { describe, type MappingNode, type Node } from "../read/node.js";
import { didYouMean } from "../suggest.js";
import { below, type Entry, type KeyForm, type NameRule, type Shape } from "./shape.js";

/** One key of a closed list. */
export interface Key<T> {
  readonly shape: Shape<T>;
  readonly meaning: string;
  readonly required: boolean;
}

export function required<T>(shape: Shape<T>, meaning: string): Key<T> {
  return { shape, meaning, required: true };
}

export function optional<T>(shape: Shape<T>, meaning: string): Key<T> {
  return { shape, meaning, required: false };
}

/** What a closed mapping reads to. A key is undefined when it is absent or was reported. */
export type Mapping<K> = { readonly [N in keyof K]: K[N] extends Key<infer T> ? Entry<T> | undefined : never };

type Keys = Readonly<Record<string, Key<unknown>>>;

function notA(node: Node, path: string, expected: string, problems: Problems): undefined {
  problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node) });
  return undefined;
}

/** A mapping with a closed list of keys, `exactlyOne` of some. `what` names it in messages. */
export function mapping<K extends Keys>(
  what: string,
  keys: K,
  exactlyOne: readonly (keyof K & string)[] = [],
): Shape<Mapping<K>> {
  const known = Object.keys(keys);
  const keyForms: Record<string, KeyForm> = {};
  for (const [name, { shape, meaning, required }] of Object.entries(keys)) {
    keyForms[name] = { form: shape.form, meaning, required };
  }
  return {
    form: { kind: "mapping", what, keys: keyForms, exactlyOne },
    read(node, path, problems) {
      if (node.kind !== "mapping") return notA(node, path, `${what} (a mapping)`, problems);
      const read: Record<string, Entry<unknown>> = {};
      for (const { key, keyPlace, value } of node.entries) {
        const spec = Object.hasOwn(keys, key) ? keys[key] : undefined;
        if (spec === undefined) {
          const wayOut = didYouMean(key, known, "known keys");
          problems.add(keyPlace, {
            code: "unknown_key",
            path: below(path, key),
            expected: `a key of ${what}`,
            got: JSON.stringify(key),
            wayOut,
          });
          continue;
        }
        const found: unknown = spec.shape.read(value, below(path, key), problems);
        if (found !== undefined)
          read[key] = { key, value: found, place: value.place, keyPlace, path: below(path, key) };
      }
      for (const name of known) {
        if (keys[name]?.required === true && !node.entries.some(({ key }) => key === name)) {
          problems.add(node.place, {
            code: "missing_key",
            path: below(path, name),
            expected: `it in ${what}`,
            got: "nothing",
          });
        }
      }
      const forms = node.entries.filter(({ key }) => exactlyOne.includes(key)).map(({ key }) => key);
      if (exactlyOne.length > 0 && forms.length !== 1) {
        const got = forms.length === 0 ? "none of them" : forms.join(" and ");
        problems.add(node.place, {
          code: "one_of_keys",
          path,
          expected: `one of the keys ${exactlyOne.join(", ")}`,
          got,
        });
      }
      // Each entry was read by the shape of its own key, which the compiler cannot follow through Object.entries.
      return read as Mapping<K>;
    },
  };
}

/** A mapping from names to values of one shape, in declared order. Names that break the rule are reported and left out. */
export function mapOf<T>(names: NameRule, value: Shape<T>): Shape<readonly Entry<T>[]> {
  const rule = new RegExp(names.pattern);
  return {
    form: { kind: "map", names, value: value.form },
    read(node, path, problems) {
      if (node.kind !== "mapping") return notA(node, path, `a mapping from ${names.what} to its declaration`, problems);
      return readEntries(node, path, problems, value, (key) => {
        if (names.refused.includes(key)) return `${names.what} other than ${names.refused.join(", ")}`;
        return rule.test(key) ? undefined : `${names.what} (${names.words})`;
      });
    },
  };
}

function readEntries<T>(
  node: MappingNode,
  path: string,
  problems: Problems,
  shape: Shape<T>,
  broken: (key: string) => string | undefined,
): readonly Entry<T>[] {
  const entries: Entry<T>[] = [];
  for (const { key, keyPlace, value } of node.entries) {
    const expected = broken(key);
    if (expected !== undefined) {
      problems.add(keyPlace, {
        code: "bad_name",
        path,
        expected,
        got: JSON.stringify(key),
        wayOut: "choose another name",
      });
    }
    const read = shape.read(value, below(path, key), problems);
    if (read === undefined || expected !== undefined) continue;
    entries.push({ key, value: read, place: value.place, keyPlace, path: below(path, key) });
  }
  return entries;
}

export function listOf<T>(
  what: string,
  element: Shape<T>,
  options: { readonly nonEmpty: boolean } = { nonEmpty: false },
): Shape<readonly Entry<T>[]> {
  return {
    form: { kind: "list", what, element: element.form, nonEmpty: options.nonEmpty },
    read(node, path, problems) {
      if (node.kind !== "list") return notA(node, path, `a list of ${what}`, problems);
      if (options.nonEmpty && node.items.length === 0) return notA(node, path, `a list of ${what}`, problems);
      return node.items.flatMap((item, index) => {
        const at = `${path}[${index}]`;
        const value = element.read(item, at, problems);
        return value === undefined
          ? []
          : [{ key: String(index), value, place: item.place, keyPlace: item.place, path: at }];
      });
    },
  };
}
