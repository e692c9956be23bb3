import { milliseconds } from "../../base/duration.js";
import { messageOf } from "../../base/errors.js";
import { nearest } from "../../base/nearest.js";
import { cut } from "../../base/text.js";
import { OperationError } from "../errors.js";
import {
  type ArgumentScalar,
  type Comparison,
  type Filter,
  type FilterNoun,
  type FilterTerm,
  LAST_POSITION,
  LONGEST_DURATION,
  LONGEST_FILTER,
  MOST_VALUES,
  NOUNS,
  type NumberKey,
  type Pattern,
  type TextKey,
} from "./filter.js";

const SPACE = /\s*/y;
const KEY = /[^\s:=<>",/]+/y;
const COMPARISON = /:|=|<=|>=|<|>/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const BARE = /[^\s",]+/y;
const WHOLE = /^-?\d+$/;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** One value as it was written. */
interface Value {
  readonly text: string;
  readonly quoted: boolean;
  /** A star follows it. */
  readonly star: boolean;
}

/**
 * Reads a filter: `state:pending,delayed task:issues.* age>10m attempts>=2 args.group_id=5 error:"timed out"`. Terms are
 * separated by spaces, and all must match; of the values of one key one must. A star at the end of a value stands for any
 * rest. Values with spaces, commas or stars are written in quotes, as in JSON. Throws OperationError (bad_filter).
 */
export function parseFilter(text: string, noun: FilterNoun): Filter {
  if (text.length > LONGEST_FILTER) {
    throw refused(`expected at most ${LONGEST_FILTER} characters, got ${text.length}; use fewer values, or a star`);
  }
  const reader = new Reader(text, noun);
  const terms: FilterTerm[] = [];
  let values = 0;
  for (let term = reader.term(); term !== undefined; term = reader.term()) {
    values += term.kind === "number" ? 1 : term.values.length;
    if (values > MOST_VALUES) throw refused(`expected at most ${MOST_VALUES} values; use a star, or several filters`);
    merge(terms, term);
  }
  return terms;
}

/** Values of one key are alternatives, also when the key is written twice. */
function merge(terms: FilterTerm[], term: FilterTerm): void {
  const at = terms.findIndex((each) => isSameKey(each, term));
  const before = terms[at];
  if (before?.kind === "text" && term.kind === "text") {
    const fresh = term.values.filter(
      ({ text, prefix }) => !before.values.some((known) => known.text === text && known.prefix === prefix),
    );
    terms[at] = { ...before, values: [...before.values, ...fresh] };
  } else if (before?.kind === "argument" && term.kind === "argument") {
    terms[at] = { ...before, values: [...new Set([...before.values, ...term.values])] };
  } else {
    terms.push(term);
  }
}

function isSameKey(one: FilterTerm, other: FilterTerm): boolean {
  if (one.kind === "text") return other.kind === "text" && one.key === other.key;
  if (one.kind === "number") return false;
  return other.kind === "argument" && one.position === other.position && one.keyword === other.keyword;
}

class Reader {
  readonly #text: string;
  readonly #noun: FilterNoun;
  #at = 0;

  constructor(text: string, noun: FilterNoun) {
    this.#text = text;
    this.#noun = noun;
  }

  /** The next term; undefined at the end. */
  term(): FilterTerm | undefined {
    this.#match(SPACE);
    if (this.#at === this.#text.length) return undefined;
    const written = this.#match(KEY);
    if (written === undefined) {
      throw refused(`expected KEY:VALUE, got ${this.#rest()}; write for example ${this.#example()}`);
    }
    if (written === "args." || written.startsWith("args.")) return this.#argument(written.slice("args.".length));
    const key = this.#keyOf(written);
    const comparison = this.#comparison(written);
    if (isNumberKey(key)) return this.#number(key, comparison);
    if (comparison !== "=") throw refused(`${key}: expected ${key}:VALUE, got ${key}${comparison}…`);
    const values = this.#values(key).map((value) => this.#pattern(key, value));
    return { kind: "text", key, values };
  }

  #keyOf(written: string): TextKey | NumberKey {
    const { keys, called } = NOUNS[this.#noun];
    const key = keys.find((each) => each === written);
    if (key !== undefined && key !== "args") return key;
    const list = keys.map((each) => (each === "args" ? "args.NAME" : each)).join(", ");
    if (key === "args") throw refused("args: expected the name of a parameter, as in args.group_id=5");
    const others = Object.entries(NOUNS).filter(([, noun]) => noun.keys.some((each) => each === written));
    if (others.length > 0) {
      const names = others.map(([, other]) => other.called).join(" and ");
      throw refused(`${written}: it narrows ${names}, not ${called}; keys of ${called}: ${list}`);
    }
    const near = nearest(written, keys);
    const hint = near === undefined ? "" : ` did you mean "${near}"?`;
    // A word alone is most often meant as a task or as text of an error.
    const found = COMPARISON_AT_START.test(this.#text.slice(this.#at)) ? "unknown key" : "expected KEY:VALUE, got";
    throw refused(`${found} "${cut(written, 80)}";${hint} keys of ${called}: ${list}`);
  }

  #comparison(key: string): Comparison {
    const found = this.#match(COMPARISON);
    if (found === undefined) throw refused(`${key}: expected a value, as in ${key}:VALUE, got ${this.#rest()}`);
    return isComparison(found) ? found : "=";
  }

  #number(key: NumberKey, comparison: Comparison): FilterTerm {
    const values = this.#values(key);
    const [value] = values;
    if (value === undefined || values.length > 1 || value.star) {
      throw refused(`${key}: expected one value, as in ${key === "attempts" ? "attempts>=2" : `${key}>10m`}`);
    }
    if (key === "attempts") return { kind: "number", key, comparison, value: wholeNumber(key, value.text) };
    if (comparison === "=") throw refused(`${key}: expected a bound, as in ${key}>10m or ${key}<1h`);
    return { kind: "number", key, comparison, value: durationOf(key, value.text) };
  }

  #argument(name: string): FilterTerm {
    const { keys, called } = NOUNS[this.#noun];
    if (!keys.includes("args")) throw refused(`args: parameters narrow activations and dead letters, not ${called}`);
    const isPosition = /^\d+$/.test(name);
    if (isPosition && Number(name) > LAST_POSITION) {
      throw refused(`args.${name}: expected a position up to ${LAST_POSITION}`);
    }
    const position = isPosition ? Number(name) : undefined;
    const keyword = isPosition ? this.#keywordBehind() : name === "" ? this.#quotedKeyword() : name;
    const path = `args.${position ?? keyword}`;
    const comparison = this.#comparison(path);
    if (comparison !== "=") throw refused(`${path}: expected ${path}=VALUE; parameters are compared for equality only`);
    const values = this.#values(path).map((value) => scalarOf(path, value));
    return { kind: "argument", position, keyword, values: [...new Set(values)] };
  }

  /** The keyword of `0/group_id`. */
  #keywordBehind(): string | undefined {
    if (this.#text[this.#at] !== "/") return undefined;
    this.#at += 1;
    return this.#match(KEY) ?? this.#quotedKeyword();
  }

  #quotedKeyword(): string {
    const found = this.#match(QUOTED);
    if (found === undefined) throw refused("args: expected the name of a parameter, as in args.group_id=5");
    return unquoted(found);
  }

  #values(key: string): Value[] {
    const values = [this.#value(key)];
    while (this.#text[this.#at] === ",") {
      this.#at += 1;
      values.push(this.#value(key));
    }
    if (this.#at < this.#text.length && !/\s/.test(this.#text[this.#at] ?? "")) {
      throw refused(`${key}: expected a space or a comma after a value, got ${this.#rest()}`);
    }
    return values;
  }

  #value(key: string): Value {
    const quoted = this.#match(QUOTED);
    if (quoted !== undefined) {
      const star = this.#text[this.#at] === "*";
      if (star) this.#at += 1;
      return { text: unquoted(quoted), quoted: true, star };
    }
    const bare = this.#match(BARE);
    if (bare === undefined) {
      const found = this.#text[this.#at] === '"' ? "a quote that is not closed" : this.#rest();
      throw refused(`${key}: expected a value, got ${found}`);
    }
    const star = bare.endsWith("*");
    const text = star ? bare.slice(0, -1) : bare;
    if (text.includes("*")) {
      throw refused(
        `${key}: expected a star only at the end of a value, got ${cut(bare, 80)}; write "*" in quotes to find a star`,
      );
    }
    if (text === "") throw refused(`${key}: expected characters before the star; leave ${key} out to match everything`);
    return { text, quoted: false, star };
  }

  #pattern(key: TextKey, { text, star }: Value): Pattern {
    const { states } = NOUNS[this.#noun];
    if (key === "state" && (star || !states.includes(text))) {
      const near = nearest(text, states);
      const hint = near === undefined ? "" : ` did you mean "${near}"?`;
      throw refused(`state: unknown state "${cut(text, 80)}";${hint} states: ${states.join(", ")}`);
    }
    return { text, prefix: star };
  }

  #example(): string {
    return this.#noun === "activations" ? "state:pending" : "task:issues.*";
  }

  #rest(): string {
    const rest = this.#text.slice(this.#at).trim();
    return rest === "" ? "nothing" : JSON.stringify(cut(rest, 40));
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

const COMPARISON_AT_START = /^[:=<>]/;

function isComparison(found: string): found is Comparison {
  return ["=", "<", "<=", ">", ">="].includes(found);
}

function isNumberKey(key: TextKey | NumberKey): key is NumberKey {
  return key === "age" || key === "due" || key === "attempts";
}

function wholeNumber(key: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw refused(`${key}: expected a whole number, got ${JSON.stringify(cut(text, 40))}`);
  }
  return value;
}

/** Whole milliseconds. */
function durationOf(key: string, text: string): number {
  let value: number;
  try {
    value = Math.round(milliseconds(text));
  } catch (error) {
    throw refused(`${key}: ${messageOf(error)}`, error);
  }
  if (value > LONGEST_DURATION)
    throw refused(`${key}: expected at most ${LONGEST_DURATION / 86_400_000}d, got ${text}`);
  return value;
}

/** A bare value is what JSON would read; any other is a string. */
function scalarOf(path: string, { text, quoted, star }: Value): ArgumentScalar {
  if (star) throw refused(`${path}: expected a whole value; parameters are compared for equality, without a star`);
  if (quoted) return text;
  if (text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  if (WHOLE.test(text)) return BigInt(text);
  if (!DECIMAL.test(text)) return text;
  const value = Number(text);
  if (!Number.isFinite(value)) throw refused(`${path}: expected a number that a 64-bit float can hold, got ${text}`);
  return Number.isInteger(value) ? BigInt(value) : value;
}

function unquoted(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    throw refused(`expected a string in quotes as in JSON, got ${cut(literal, 80)}`, error);
  }
}

function refused(problem: string, cause?: unknown): OperationError {
  return new OperationError("bad_request", "bad_filter", `filter: ${problem}`, { field: "q", cause });
}
