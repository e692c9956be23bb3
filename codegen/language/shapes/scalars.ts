import { formatDuration, milliseconds, nearest, wholeSeconds } from "taskwire/model";
import type { Problems } from "../../problem/problem.js";
import { describe, type Node, type ScalarNode } from "../../read/node.js";
import { durationIn } from "./duration-words.js";
import type { Shape } from "./shape.js";

function wrong(node: Node, path: string, expected: string, problems: Problems, hint?: string): undefined {
  return refused("wrong_type", node, path, expected, problems, hint);
}

function refused(
  code: "wrong_type" | "wrong_value" | "bad_amount",
  node: Node,
  path: string,
  expected: string,
  problems: Problems,
  hint?: string,
): undefined {
  problems.add(node.place, { code, path, expected, got: describe(node), hint });
  return undefined;
}

/** The hint for a scalar that YAML does not read as a string. */
export function quoteIt(node: ScalarNode): string | undefined {
  return node.value === null || typeof node.value === "string" ? undefined : `quote it: "${node.source}"`;
}

/** What a string must look like. */
export interface TextRule {
  readonly pattern: RegExp;
  /** The pattern in words. */
  readonly words: string;
  /** The hint where nothing is written. */
  readonly empty?: string;
}

/** A string; `what` names it in messages. */
export function text(what: string, rule?: TextRule): Shape<string> {
  return {
    form: rule === undefined ? { kind: "text", what } : { kind: "text", what, pattern: rule.pattern.source },
    validate(node, path, problems) {
      if (node.kind !== "scalar") return wrong(node, path, what, problems);
      if (typeof node.value !== "string")
        return wrong(node, path, what, problems, node.value === null ? rule?.empty : quoteIt(node));
      if (rule !== undefined && !rule.pattern.test(node.value)) {
        return refused("wrong_value", node, path, `${what} (${rule.words})`, problems);
      }
      return node.value;
    },
  };
}

/** Words of other systems for choices of the schema. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["dlq", "deadletter"],
  ["dead-letter", "deadletter"],
  ["dead_letter_queue", "deadletter"],
  ["keep", "deadletter"],
  ["drop", "discard"],
  ["ignore", "discard"],
  ["delete", "discard"],
  ["constant", "fixed"],
  ["linear", "fixed"],
  ["expo", "exponential"],
  ["latest", "once"],
  ["last", "once"],
  ["never", "skip"],
  ["off", "none"],
  ["gzip", "zstd"],
]);

export function choice<const V extends string | number | boolean>(...values: readonly V[]): Shape<V> {
  const expected = values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
  return {
    form: { kind: "choice", values },
    validate(node, path, problems) {
      const found =
        node.kind !== "scalar" ? undefined : typeof node.value === "bigint" ? Number(node.value) : node.value;
      const value = values.find((one) => one === found);
      if (value !== undefined) return value;
      const texts = values.filter((one) => typeof one === "string");
      const near = typeof found === "string" ? (SYNONYMS.get(found.toLowerCase()) ?? nearest(found, texts)) : undefined;
      const other = typeof found === "string" ? values.find((one) => String(one) === found) : undefined;
      const known = near !== undefined && texts.some((one) => one === near);
      const hint = known ? `did you mean "${near}"?` : other === undefined ? undefined : `remove the quotes: ${found}`;
      return refused(
        typeof found === typeof values[0] ? "wrong_value" : "wrong_type",
        node,
        path,
        expected,
        problems,
        hint,
      );
    },
  };
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function inWords(kind: string, { min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max === undefined ? kind : `${kind} of at most ${max}`;
}

/** A safe integer; `1.0` and `1e3` are integers, too, as they are in JSON. */
export function integer(bounds: Bounds = {}): Shape<number> {
  const expected = inWords("a whole number", bounds);
  return {
    form: { kind: "integer", ...bounds },
    validate(node, path, problems) {
      const value = numberOf(node);
      if (value === undefined || !Number.isInteger(value)) return wrong(node, path, expected, problems, unquoted(node));
      if (!within(value, bounds)) return refused("wrong_value", node, path, expected, problems);
      if (Number.isSafeInteger(value)) return value;
      return refused("wrong_value", node, path, "a whole number within ±(2^53 - 1)", problems);
    },
  };
}

/** A finite number. */
export function number(bounds: Bounds = {}): Shape<number> {
  const expected = inWords("a number", bounds);
  return {
    form: { kind: "number", ...bounds },
    validate(node, path, problems) {
      const value = numberOf(node);
      if (value === undefined || !Number.isFinite(value)) return wrong(node, path, expected, problems, unquoted(node));
      return within(value, bounds) ? value : refused("wrong_value", node, path, expected, problems);
    },
  };
}

/** The hint for a number in quotes, or with signs between its digits. */
function unquoted(node: Node): string | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") return undefined;
  if (/^\d{1,3}(?:[_',\u2019]\d{3})+$/.test(node.value)) return `write ${node.value.replace(/\D/g, "")}`;
  return /^\s*-?\d+(?:\.\d+)?\s*$/.test(node.value) ? `remove the quotes: ${node.value.trim()}` : undefined;
}

function numberOf(node: Node): number | undefined {
  const value = node.kind === "scalar" ? node.value : null;
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : undefined;
}

function within(value: number, { min = value, max = value }: Bounds): boolean {
  return value >= min && value <= max;
}

export function boolean(): Shape<boolean> {
  return {
    form: { kind: "boolean" },
    validate(node, path, problems) {
      if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
      const word = node.kind === "scalar" && typeof node.value === "string" ? node.value.toLowerCase() : "";
      const meant = /^(?:yes|y|on|true)$/.test(word) ? "true" : /^(?:no|n|off|false)$/.test(word) ? "false" : undefined;
      return wrong(
        node,
        path,
        "true or false",
        problems,
        meant === undefined ? undefined : `write ${meant}, without quotes`,
      );
    },
  };
}

interface DurationRules {
  /** Above zero. */
  readonly positive: boolean;
  /** Milliseconds are allowed, because it is not on the wire. Default: whole seconds, as the wire carries. */
  readonly fractions?: boolean;
  /** Milliseconds; default a hundred years. */
  readonly max?: number;
}

const LONGEST_DURATION = 36_500 * 86_400_000;

/** Milliseconds. */
export function duration({ positive, fractions = false, max = LONGEST_DURATION }: DurationRules): Shape<number> {
  const expected = `a duration such as ${fractions ? "500ms, " : ""}10s, 5m, 1h or 2d`;
  return {
    form: { kind: "duration", positive, fractions, max },
    validate(node, path, problems) {
      const value = node.kind === "scalar" ? node.value : null;
      const given = typeof value === "bigint" ? Number(value) : value;
      if (typeof given !== "number" && typeof given !== "string") return wrong(node, path, expected, problems);
      const found = tried(() => milliseconds(given));
      if (found === undefined) {
        const meant = typeof given === "string" ? durationIn(given) : undefined;
        const isCron = typeof given === "string" && /^\S+( +\S+){4}$/.test(given.trim());
        const hint = isCron
          ? `a cron expression belongs under cron: ${JSON.stringify(given)}`
          : meant === undefined
            ? undefined
            : `did you mean ${meant}?`;
        return refused("wrong_value", node, path, expected, problems, hint);
      }
      if (found > max) {
        return refused("bad_amount", node, path, `a duration of at most ${formatDuration(max)}`, problems);
      }
      const amount = (what: string, hint?: string) => refused("bad_amount", node, path, what, problems, hint);
      if (fractions ? !Number.isSafeInteger(found) : tried(() => wholeSeconds(given)) === undefined) {
        if (fractions) return amount("a duration of whole milliseconds");
        return amount("a duration of whole seconds", "write whole seconds, at least 1s");
      }
      return positive && found === 0 ? amount("a duration above zero") : found;
    },
  };
}

/** A duration, or the word for none. */
export function durationOr<const W extends string>(word: W, rules: DurationRules): Shape<number | W> {
  const other = duration(rules);
  return {
    form: { kind: "word_or", word: choice(word).form, other: other.form },
    validate(node, path, problems) {
      return node.kind === "scalar" && node.value === word ? word : other.validate(node, path, problems);
    },
  };
}

/** The value, or undefined when it is no duration. */
function tried(read: () => number): number | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "bad_duration") return undefined;
    throw error;
  }
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);

const SIZE = /^(\d{1,15}) ?([A-Za-z]*)$/;

/** Bytes, written with their unit: 512MiB, 8GiB. A bare number or a decimal unit would be ambiguous. */
export function size({ min }: { readonly min: number }): Shape<number> {
  const expected = "a size such as 512MiB or 8GiB";
  return {
    form: { kind: "size", min },
    validate(node, path, problems) {
      if (node.kind !== "scalar") return wrong(node, path, expected, problems);
      const match = SIZE.exec(node.source);
      const unit = SIZE_UNITS.get(match?.[2] ?? "");
      if (match === null || unit === undefined) {
        const hint = match === null ? undefined : "write it as a whole number and KiB, MiB, GiB or TiB";
        return refused("wrong_value", node, path, expected, problems, hint);
      }
      const value = Number(match[1]) * unit;
      if (value < min) {
        return refused("bad_amount", node, path, `a size of at least ${formatSize(min)}`, problems);
      }
      if (Number.isSafeInteger(value)) return value;
      return refused("bad_amount", node, path, "a size below 2^53 bytes", problems);
    },
  };
}

function formatSize(bytes: number): string {
  const [name, unit] = [...SIZE_UNITS].findLast(([, unit]) => bytes % unit === 0) ?? ["", 1];
  return `${bytes / unit}${name}`;
}

/** Any value; which one is valid depends on its siblings. */
export function anything(): Shape<Node> {
  return { form: { kind: "anything" }, validate: (node) => node };
}
