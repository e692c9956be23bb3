import { TaskwireError } from "./errors.js";

/** Invalid JSON, or JSON whose values JSON.parse would change. */
export class JsonError extends TaskwireError {
  constructor(problem: string, options?: ErrorOptions) {
    super("bad_json", problem, options);
  }
}

/** Digits of a decimal number that a double keeps. */
const MOST_DIGITS = 17;
const DEEPEST = 512;

/**
 * Reads JSON without changing a value: an object with a duplicate key is refused, and integers beyond ±(2^53 - 1) become
 * bigint. With `strict` such integers are refused, too, as are numbers that a double cannot hold. Throws a JsonError that
 * names every place.
 */
export function exactJson(text: string, strict = false): unknown {
  try {
    // JSON.parse has better messages than a reader of our own, which can then expect valid JSON.
    JSON.parse(text);
  } catch (error) {
    throw new JsonError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const reader = new Reader(text, strict);
  const value = reader.value("", 0);
  if (reader.problems.length > 0) throw new JsonError(reader.problems.join("; "));
  return value;
}

const SPACE = /[ \t\n\r]*/y;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: ReadonlyMap<string, { readonly length: number; readonly value: unknown }> = new Map([
  ["t", { length: 4, value: true }],
  ["f", { length: 5, value: false }],
  ["n", { length: 4, value: null }],
]);

/** Reads a string that is known to be valid JSON. */
class Reader {
  readonly problems: string[] = [];
  readonly #text: string;
  readonly #strict: boolean;
  #at = 0;

  constructor(text: string, strict: boolean) {
    this.#text = text;
    this.#strict = strict;
  }

  value(path: string, depth: number): unknown {
    if (depth > DEEPEST) throw new JsonError(`it is nested more than ${DEEPEST} levels deep`);
    this.#skip();
    const first = this.#text[this.#at] ?? "";
    if (first === "{") return this.#object(path, depth);
    if (first === "[") return this.#list(path, depth);
    if (first === '"') return this.#string();
    const word = WORDS.get(first);
    if (word === undefined) return this.#number(path);
    this.#at += word.length;
    return word.value;
  }

  #object(path: string, depth: number): object {
    const fields: [string, unknown][] = [];
    const known = new Set<string>();
    this.#at += 1;
    while (!this.#ends("}")) {
      const key = this.#string();
      const below = path === "" ? key : `${path}.${key}`;
      if (known.has(key)) this.problems.push(`${below}: expected each key once, got it twice`);
      known.add(key);
      this.#skip();
      this.#at += 1;
      fields.push([key, this.value(below, depth + 1)]);
    }
    return Object.fromEntries(fields);
  }

  #list(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    while (!this.#ends("]")) items.push(this.value(`${path}[${items.length}]`, depth + 1));
    return items;
  }

  /** Whether a container ends here; skips a comma before the next element. */
  #ends(end: "}" | "]"): boolean {
    this.#skip();
    const next = this.#text[this.#at];
    if (next === end || next === ",") this.#at += 1;
    this.#skip();
    return next === end;
  }

  /** By hand: a pattern that matches each character runs out of stack at some millions of them. */
  #string(): string {
    let end = this.#at + 1;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(end))
      end += code === BACKSLASH ? 2 : 1;
    const string = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return String(JSON.parse(string));
  }

  #number(path: string): number | bigint {
    const text = this.#match(NUMBER);
    const value = Number(text);
    const whole = /^-?\d+$/.test(text);
    const where = path === "" ? "" : `${path}: `;
    if (whole && !Number.isSafeInteger(value)) {
      if (!this.#strict) return BigInt(text);
      this.problems.push(
        `${where}expected a number within ±(2^53 - 1), which JSON parsers do not round, got ${text.slice(0, 80)}; write it in quotes where a bigint is expected: "${text.slice(0, 80)}"`,
      );
    } else if (this.#strict && !isHeld(text, value)) {
      this.problems.push(
        `${where}expected a number that a 64-bit float can hold, with at most ${MOST_DIGITS} digits, got ${text.slice(0, 80)}, which would become ${value}`,
      );
    }
    return value;
  }

  #skip(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }
}

function isHeld(text: string, value: number): boolean {
  const digits = text
    .replace(/[eE].*$/, "")
    .replaceAll(/[-.]/g, "")
    .replace(/^0+/, "")
    .replace(/0+$/, "");
  return Number.isFinite(value) && (value !== 0 || digits === "") && digits.length <= MOST_DIGITS;
}
