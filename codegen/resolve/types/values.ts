import type { Constraints, FieldModel, JsonValue, NamedType, ScalarKind, TypeModel } from "taskwire/model";
import { instantOf } from "taskwire/model";
import { below } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { describe, type MappingNode, type Node, quoted } from "../../read/node.js";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const LARGEST_BIGINT = 2n ** 64n - 1n;
const SMALLEST_BIGINT = -(2n ** 63n);

/**
 * Reads a default by the type it is for. In the model a bigint beyond 2^53 is its digits, bytes are base64, a datetime
 * is ISO 8601 in UTC.
 */
export class ValueReader {
  readonly #named: ReadonlyMap<string, NamedType>;
  readonly #problems: Problems;

  constructor(named: ReadonlyMap<string, NamedType>, problems: Problems) {
    this.#named = named;
    this.#problems = problems;
  }

  /** Undefined when the node is no such value; that is then reported. */
  read(type: TypeModel, nullable: boolean, node: Node, path: string): JsonValue | undefined {
    if (nullable && node.kind === "scalar" && node.value === null) return null;
    if (type.kind === "list") return this.#list(type, node, path);
    if (type.kind === "map") {
      if (node.kind !== "mapping") return this.#wrong(node, path, "a mapping");
      return this.#entries(node, path, (value, at) => this.read(type.element, false, value, at));
    }
    if (type.kind === "named") return this.#ofNamed(type.name, node, path);
    if (type.kind === "json") return this.#json(node, path);
    return this.#scalar(type, type.kind, node, path);
  }

  /** Values by parameter name, as written: the sender adds defaults. */
  parameters(
    fields: readonly FieldModel[],
    node: MappingNode,
    path: string,
  ): { readonly [name: string]: JsonValue } | undefined {
    return this.#record(fields, node, path, "a parameter of the task", "parameter");
  }

  #wrong(node: Node, path: string, expected: string, hint?: string): undefined {
    const got = describe(node);
    this.#problems.add(node.place, { code: "unfit_value", path, expected, got, hint });
    return undefined;
  }

  #list(type: Extract<TypeModel, { kind: "list" }>, node: Node, path: string): JsonValue | undefined {
    if (node.kind !== "list") return this.#wrong(node, path, "a list");
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = type;
    if (node.items.length < minLength || node.items.length > maxLength) {
      return this.#wrong(node, path, `a list of ${range(minLength, maxLength)} elements`);
    }
    const items = node.items.map((item, index) => this.read(type.element, false, item, `${path}[${index}]`));
    return complete(items);
  }

  #entries(
    node: MappingNode,
    path: string,
    read: (value: Node, path: string) => JsonValue | undefined,
  ): JsonValue | undefined {
    const proto = node.entries.find(({ key }) => key === "__proto__");
    if (proto !== undefined) {
      // No runtime accepts it: a worker's decoder rejects it, and other runtimes replace the object's prototype.
      this.#problems.add(proto.keyPlace, {
        code: "unfit_value",
        path,
        expected: "a key other than __proto__",
        got: quoted(proto.key),
        sentence: "__proto__ cannot be a key",
        hint: "choose another name",
      });
      return undefined;
    }
    const values = node.entries.map(({ key, value }) => [key, read(value, below(path, key))] as const);
    if (values.some(([, value]) => value === undefined)) return undefined;
    return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  }

  #ofNamed(name: string, node: Node, path: string): JsonValue | undefined {
    const type = this.#named.get(name);
    if (type === undefined) return undefined;
    if (type.kind === "record") {
      return node.kind === "mapping"
        ? this.#filled(type.fields, node, path)
        : this.#wrong(node, path, `a mapping (${name})`);
    }
    const value = node.kind === "scalar" ? node.value : null;
    if (typeof value === "string" && type.values.includes(value)) return value;
    return this.#wrong(node, path, `one of ${type.values.map(quoted).join(", ")}`);
  }

  /** The record with the defaults of its fields. */
  #filled(fields: readonly FieldModel[], node: MappingNode, path: string): JsonValue | undefined {
    const given = this.#record(fields, node, path, "a field of the record", "field");
    if (given === undefined) return undefined;
    const values = fields.flatMap(({ name, default: value }): [string, JsonValue][] => {
      const own = Object.hasOwn(given, name) ? given[name] : value;
      return own === undefined ? [] : [[name, own]];
    });
    return Object.fromEntries(values);
  }

  #record(
    fields: readonly FieldModel[],
    node: MappingNode,
    path: string,
    what: string,
    kind: "field" | "parameter",
  ): { readonly [name: string]: JsonValue } | undefined {
    const known = new Map(fields.map((field) => [field.name, field]));
    let whole = true;
    for (const { key, keyPlace } of node.entries) {
      if (known.has(key)) continue;
      whole = false;
      const hint = didYouMean(key, [...known.keys()], `known ${kind}s`);
      this.#problems.add(keyPlace, {
        code: "unfit_value",
        path: below(path, key),
        expected: what,
        got: quoted(key),
        sentence: `unknown ${kind} ${quoted(key)}`,
        hint,
      });
    }
    const values: [string, JsonValue][] = [];
    for (const field of fields) {
      const given = node.entries.find(({ key }) => key === field.name);
      if (given !== undefined) {
        const value = this.read(field.type, field.nullable, given.value, below(path, field.name));
        if (value === undefined) whole = false;
        else values.push([field.name, value]);
      } else if (!field.optional) {
        whole = false;
        this.#problems.add(node.place, {
          code: "unfit_value",
          path: below(path, field.name),
          expected: `it, ${what}`,
          got: "nothing",
          sentence: `required ${kind} ${field.name} is missing`,
          hint: `add ${field.name}: ...`,
        });
      }
    }
    return whole ? Object.fromEntries(values) : undefined;
  }

  #json(node: Node, path: string): JsonValue | undefined {
    if (node.kind === "list") return complete(node.items.map((item, index) => this.#json(item, `${path}[${index}]`)));
    if (node.kind === "mapping") return this.#entries(node, path, (value, at) => this.#json(value, at));
    const { value } = node;
    if (typeof value === "bigint" || typeof value === "number") {
      const found = Number(value);
      if (Number.isFinite(found) && (typeof value === "number" || Number.isSafeInteger(found))) return found;
      return this.#wrong(node, path, "a finite number, a whole one within ±(2^53 - 1)");
    }
    return value;
  }

  #scalar(type: Constraints, kind: Exclude<ScalarKind, "json">, node: Node, path: string): JsonValue | undefined {
    const value = node.kind === "scalar" ? node.value : null;
    if (kind === "bool") return typeof value === "boolean" ? value : this.#wrong(node, path, "true or false");
    if (kind === "int" || kind === "bigint" || kind === "float") return this.#number(type, kind, node, path);
    const quote =
      node.kind === "scalar" && typeof value !== "string" && value !== null ? `quote it: "${node.source}"` : undefined;
    if (typeof value !== "string") return this.#wrong(node, path, TEXTS[kind], quote);
    if (kind === "string") return this.#text(type, value, value.length, node, path);
    if (kind === "uuid")
      return /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(value)
        ? value
        : this.#wrong(node, path, TEXTS[kind]);
    if (kind === "bytes") {
      if (!BASE64.test(value)) return this.#wrong(node, path, TEXTS[kind]);
      return this.#text(type, value, Buffer.from(value, "base64").length, node, path);
    }
    const time = instantOf(value);
    return time === undefined ? this.#wrong(node, path, TEXTS[kind]) : new Date(time).toISOString();
  }

  #number(type: Constraints, kind: "int" | "bigint" | "float", node: Node, path: string): JsonValue | undefined {
    const value = node.kind === "scalar" ? node.value : null;
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = type;
    const bounds = min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY ? "" : ` of ${range(min, max)}`;
    const expected = kind === "float" ? `a finite number${bounds}` : `a whole number${bounds}`;
    if (typeof value !== "bigint" && (kind !== "float" || typeof value !== "number" || !Number.isFinite(value))) {
      const inQuotes = typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value.trim());
      return this.#wrong(node, path, expected, inQuotes ? `remove the quotes: ${value.trim()}` : undefined);
    }
    if (value < min || value > max) return this.#wrong(node, path, expected);
    const exact = Number(value);
    if (kind === "float") {
      return typeof value === "number" || BigInt(exact) === value
        ? exact
        : this.#wrong(node, path, `a number that a 64-bit float can hold (the nearest is ${BigInt(exact)})`);
    }
    if (kind === "int")
      return Number.isSafeInteger(exact) ? exact : this.#wrong(node, path, "a whole number within ±(2^53 - 1)");
    if (value < SMALLEST_BIGINT || value > LARGEST_BIGINT)
      return this.#wrong(node, path, "a whole number from -2^63 to 2^64 - 1");
    return Number.isSafeInteger(exact) ? exact : String(value);
  }

  #text(type: Constraints, value: string, length: number, node: Node, path: string): JsonValue | undefined {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = type;
    if (length < minLength || length > maxLength)
      return this.#wrong(node, path, `a length of ${range(minLength, maxLength)}`);
    if (pattern !== undefined && !matches(pattern, value))
      return this.#wrong(node, path, `a string that matches ${quoted(pattern)}`);
    return value;
  }
}

const TEXTS = {
  string: "a string",
  uuid: "a UUID of 36 characters",
  bytes: "bytes in base64",
  datetime: "a time such as 2026-01-31T12:00:00Z",
} as const;

function range(min: number, max: number): string {
  if (min === Number.NEGATIVE_INFINITY) return `at most ${max}`;
  return max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
}

/** A pattern that does not compile was already reported at its declaration. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}

function complete(values: readonly (JsonValue | undefined)[]): readonly JsonValue[] | undefined {
  const found = values.flatMap((value) => (value === undefined ? [] : [value]));
  return found.length === values.length ? found : undefined;
}
