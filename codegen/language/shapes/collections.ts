import { nearest } from "taskwire/model";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { describe, type MappingNode, type Node } from "../../read/node.js";
import { foreignKey } from "./foreign-keys.js";
import { inNameRule } from "./name-styles.js";
import { below, type Entry, type Form, type KeyForm, type NameRule, type Shape } from "./shape.js";

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

/** The validated value of a closed mapping. A key is undefined when it is absent or was reported. */
type Mapping<K> = { readonly [N in keyof K]: K[N] extends Key<infer T> ? Entry<T> | undefined : never };

type Keys = Readonly<Record<string, Key<unknown>>>;

function notA(node: Node, path: string, expected: string, problems: Problems, hint?: string): undefined {
  problems.add(node.place, { code: "wrong_type", path, expected, got: describe(node), hint });
  return undefined;
}

/** Keys of every mapping of the language, by its name, to recognize a key in a wrong place. */
const KEYS_OF = new Map<string, readonly string[]>();

/** The key that was meant, and the hint. */
function suggested(what: string, found: string, known: readonly string[]): { key?: string; hint: string } {
  const foreign = foreignKey(what, found);
  const key = foreign?.key ?? (foreign === undefined ? nearest(found, known) : undefined);
  const all = `known keys: ${known.join(", ")}`;
  if (foreign?.sentence !== undefined) {
    const meant = key === undefined ? "" : `did you mean "${key}"? `;
    return { ...(key === undefined ? {} : { key }), hint: `${meant}${foreign.sentence} (${all})` };
  }
  if (key !== undefined) return { key, hint: didYouMean(found, known, "known keys", key, known.length) };
  const elsewhere = [...KEYS_OF].filter(([, keys]) => keys.includes(found)).map(([name]) => name);
  const hint = didYouMean(found, known, "known keys", key, known.length);
  if (elsewhere.length === 0 || elsewhere.length > 3) return { hint };
  return {
    hint: `"${found}" is a key of ${elsewhere.join(" and of ")}: move it there; check its indentation (${hint})`,
  };
}

/** A mapping with a closed list of keys, `exactlyOne` of some. `what` names it in messages. */
export function mapping<K extends Keys>(
  what: string,
  keys: K,
  exactlyOne: readonly (keyof K & string)[] = [],
): Shape<Mapping<K>> {
  const known = Object.keys(keys);
  KEYS_OF.set(what, known);
  const keyForms: Record<string, KeyForm> = {};
  for (const [name, { shape, meaning, required }] of Object.entries(keys)) {
    keyForms[name] = { form: shape.form, meaning, required };
  }
  return {
    form: { kind: "mapping", what, keys: keyForms, exactlyOne },
    validate(node, path, problems) {
      if (node.kind !== "mapping") {
        const hint = notAMappingHint(node, keys, exactlyOne);
        return notA(node, path, `${what} (a mapping)`, problems, hint);
      }
      const read: Record<string, Entry<unknown>> = {};
      const meant = new Set<string>();
      for (const { key, keyPlace, value } of node.entries) {
        const spec = Object.hasOwn(keys, key) ? keys[key] : undefined;
        if (spec === undefined) {
          const { key: likely, hint } = suggested(what, key, known);
          if (likely !== undefined) meant.add(likely);
          problems.add(keyPlace, {
            code: "unknown_key",
            path: below(path, key),
            expected: `a key of ${what}`,
            got: JSON.stringify(key),
            sentence: `unknown key ${JSON.stringify(key)} in ${what}`,
            hint,
          });
          continue;
        }
        const found: unknown = spec.shape.validate(value, below(path, key), problems);
        if (found !== undefined)
          read[key] = { key, value: found, place: value.place, keyPlace, path: below(path, key) };
      }
      for (const name of known) {
        const spec = keys[name];
        // A key that was meant for it was reported.
        if (spec?.required !== true || meant.has(name) || node.entries.some(({ key }) => key === name)) continue;
        problems.add(node.place, {
          code: "missing_key",
          path: below(path, name),
          expected: `it in ${what}`,
          got: "nothing",
          sentence: `${name} is missing in ${what}`,
          hint: `add ${example(name, spec.shape.form)}`,
        });
      }
      const forms = node.entries.filter(({ key }) => exactlyOne.includes(key)).map(({ key }) => key);
      if (exactlyOne.length > 0 && forms.length !== 1 && !exactlyOne.some((name) => meant.has(name))) {
        const got = forms.length === 0 ? "none of them" : forms.join(" and ");
        problems.add(node.place, {
          code: "one_of_keys",
          path,
          expected: `exactly one of the keys ${exactlyOne.join(", ")}`,
          got,
        });
      }
      // Each entry was validated by the shape of its own key, which the compiler cannot follow through Object.entries.
      return read as Mapping<K>;
    },
  };
}

/** A mapping from names to values of one shape, in declared order. Names that break the rule are reported and left out. */
export function mapOf<T>(
  names: NameRule,
  value: Shape<T>,
  { most }: { readonly most?: number } = {},
): Shape<readonly Entry<T>[]> {
  const rule = new RegExp(names.pattern);
  return {
    form: { kind: "map", names, value: value.form, ...(most === undefined ? {} : { most }) },
    validate(node, path, problems) {
      if (node.kind !== "mapping") {
        const empty = node.kind === "scalar" && node.value === null;
        const named = "write names as keys, without dashes: NAME: ...";
        const written = node.kind === "scalar" ? node.source : "";
        const hint = empty
          ? "add one below it, or remove the key"
          : node.kind === "list"
            ? named
            : UNUSUAL_SPACE.test(written)
              ? PLAIN_SPACE
              : colonMissing(written);
        return notA(node, path, `a mapping from ${names.what} to ${declarationWords(value.form)}`, problems, hint);
      }
      if (most !== undefined && node.entries.length > most) {
        const got = `${node.entries.length} entries`;
        problems.add(node.place, { code: "wrong_value", path, expected: `at most ${most} entries`, got });
      }
      return readEntries(node, path, problems, value, (key) => {
        if (names.refused.includes(key)) {
          const expected = `${names.what} other than ${names.refused.join(", ")}`;
          const sentence = `${JSON.stringify(key)} is reserved and cannot be ${names.what}`;
          return { expected, sentence, hint: "choose another name" };
        }
        if (rule.test(key)) return undefined;
        const near = inNameRule(key, names);
        const hint = near === undefined ? "choose another name" : `did you mean "${near}"?`;
        return { expected: `${names.what} (${names.words})`, hint };
      });
    },
  };
}

function readEntries<T>(
  node: MappingNode,
  path: string,
  problems: Problems,
  shape: Shape<T>,
  broken: (key: string) => { readonly expected: string; readonly sentence?: string; readonly hint: string } | undefined,
): readonly Entry<T>[] {
  const entries: Entry<T>[] = [];
  const { form } = shape;
  for (const { key, keyPlace, value } of node.entries) {
    if (form.kind === "mapping" && value.kind !== "mapping" && Object.hasOwn(form.keys, key)) {
      const hint = `${key} is a key of ${form.what}: indent it further, below the name of one`;
      notA(value, below(path, key), `${form.what} (a mapping)`, problems, hint);
      continue;
    }
    const expected = broken(key);
    if (expected !== undefined)
      problems.add(keyPlace, { code: "bad_name", path, ...expected, got: JSON.stringify(key) });
    const read = shape.validate(value, below(path, key), problems);
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
    validate(node, path, problems) {
      if (node.kind !== "list") return notA(node, path, `a list of ${what}`, problems, asList(node));
      if (options.nonEmpty && node.items.length === 0) return notA(node, path, `a list of ${what}`, problems);
      return node.items.flatMap((item, index) => {
        const at = `${path}[${index}]`;
        const value = element.validate(item, at, problems);
        return value === undefined
          ? []
          : [{ key: String(index), value, place: item.place, keyPlace: item.place, path: at }];
      });
    },
  };
}

/** How to write one value as a list; undefined when it is not one value. */
function asList(node: Node): string | undefined {
  if (node.kind !== "scalar" || node.value === null) return undefined;
  return `write [${/^[\w.-]+$/.test(node.source) ? node.source : JSON.stringify(String(node.value))}]`;
}

/** `name = int` or `name int` on the only line of a mapping. */
function colonMissing(text: string): string | undefined {
  const [, key, value = ""] = /^(\w+)\s*[=\s]\s*(\S.*)$/.exec(text) ?? [];
  return key === undefined ? undefined : `a colon is missing after ${key}: write ${key}: ${value}`;
}

/** Spaces that look like a plain one, and those that cannot be seen at all. YAML knows none of them. */
const UNUSUAL_SPACE = /[\u00a0\u2000-\u200b\u202f\u3000]/;
const PLAIN_SPACE = "it holds a no-break space: type a plain one";

/** What to write instead of something that is not a mapping. */
function notAMappingHint(node: Node, keys: Keys, exactlyOne: readonly string[]): string | undefined {
  const needed = Object.entries(keys).filter(([, key]) => key.required);
  if (node.kind !== "scalar") return undefined;
  if (node.value === null)
    return needed.length === 0 && exactlyOne.length === 0 ? "write {} for one without keys" : undefined;
  const text = node.source.trim();
  if (UNUSUAL_SPACE.test(text)) return PLAIN_SPACE;
  const [, key = "", value = ""] = /^([a-z_]+)\s+(?:=\s*)?(\S.*)$/.exec(text) ?? [];
  if (Object.hasOwn(keys, key)) return `a colon is missing after ${key}: write ${key}: ${value}`;
  if (exactlyOne.includes(text)) return `write { ${example(text, keys[text]?.shape.form ?? { kind: "anything" })} }`;
  const [only] = needed;
  if (needed.length !== 1 || only === undefined || only[1].shape.form.kind !== "text") return undefined;
  return `write { ${only[0]}: ${typeof node.value === "string" ? text : "NAME"} }`;
}

/** The values of a mapping in words, for messages. */
function declarationWords(form: Form): string {
  if (form.kind === "mapping" || form.kind === "text") return form.what;
  if (form.kind === "either") return declarationWords(form.scalar);
  if (form.kind === "type") return "a type";
  return form.kind === "list" ? `a list of ${form.what}` : "its declaration";
}

/** How a key may look. */
function example(name: string, form: Form): string {
  switch (form.kind) {
    case "choice":
      return `${name}: ${String(form.values[0])}`;
    case "integer":
      return `${name}: ${Math.min(Math.max(3, form.min ?? 3), form.max ?? 3)}`;
    case "type":
      return `${name}: string`;
    case "list":
      return `${name}: [...]`;
    case "map":
    case "mapping":
      return `${name}: { ... }`;
    default:
      return `${name}: ...`;
  }
}
