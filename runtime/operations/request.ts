import { instantOf } from "../base/instant.js";
import { nearest } from "../base/nearest.js";
import { OperationError } from "./errors.js";

/** Longest string of a parameter, in characters. */
const LONGEST_TEXT = 4096;

interface IntegerBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Reads the parameters of a verb: each by its name, then `end()`, which refuses those that the verb does not have. A
 * parameter that is ignored could be `dryRun` of a newer client. Every problem is an OperationError `bad_request` that
 * names the parameter.
 */
export class RequestReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  constructor(request: unknown) {
    if (typeof request !== "object" || request === null || Array.isArray(request))
      throw new OperationError(
        "bad_request",
        "bad_parameter",
        `the request: expected a JSON object, found ${kindOf(request)}`,
      );
    this.#values = new Map(Object.entries(request));
  }

  /** undefined: it is not given, or null. */
  text(name: string, longest = LONGEST_TEXT): string | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.#wrong(name, "a string", kindOf(value));
    if (value.length > longest) throw this.#wrong(name, `at most ${longest} characters`, `${value.length}; shorten it`);
    return value;
  }

  /** Not given, null and "" are refused. */
  requiredText(name: string, longest = LONGEST_TEXT): string {
    const value = this.text(name, longest);
    if (value === undefined || value === "") throw this.#wrong(name, "a string", "nothing; it is required");
    return value;
  }

  /** One of `choices`; undefined: it is not given. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.#wrong(name, choices.join(", "), `"${value.slice(0, 64)}"`);
    return found;
  }

  /** false: it is not given. */
  flag(name: string): boolean {
    const value = this.#take(name) ?? false;
    if (typeof value !== "boolean") throw this.#wrong(name, "true or false", kindOf(value));
    return value;
  }

  /** undefined: it is not given. */
  integer(name: string, { least, most }: IntegerBounds): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const expected = `a whole number from ${least} to ${most}`;
    if (typeof value !== "number") throw this.#wrong(name, expected, kindOf(value));
    if (!Number.isInteger(value) || value < least || value > most) throw this.#wrong(name, expected, String(value));
    return value;
  }

  /** A list of strings that are not empty; [] when it is not given. */
  texts(name: string, most: number, longest = LONGEST_TEXT): readonly string[] {
    const value = this.#take(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.#wrong(name, "a list of strings", kindOf(value));
    if (value.length > most) throw this.#wrong(name, `at most ${most} entries`, `${value.length}; split the request`);
    return value.map((each: unknown, index) => {
      if (typeof each === "string" && each !== "" && each.length <= longest) return each;
      const found = typeof each === "string" ? `one of ${each.length} characters` : kindOf(each);
      throw this.#wrong(`${name}[${index}]`, `a string of 1 to ${longest} characters`, found);
    });
  }

  /** An ISO 8601 time with an offset, as milliseconds since the epoch; undefined: it is not given. */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const instant = instantOf(value);
    if (instant === undefined)
      throw this.#wrong(name, 'a time such as "2026-11-30T14:00:00Z"', `"${value.slice(0, 64)}"`);
    return instant;
  }

  /** A value of any kind, for a reader of the verb's own; undefined: it is not given, or null. */
  any(name: string): unknown {
    return this.#take(name);
  }

  /** Refuses parameters that were not read. */
  end(): void {
    const unknown = [...this.#values.keys()].find((name) => !this.#read.has(name));
    if (unknown === undefined) return;
    const name = unknown.slice(0, 64);
    const near = nearest(name, [...this.#read]);
    const known = this.#read.size === 0 ? "there are none" : `known: ${[...this.#read].sort().join(", ")}`;
    const meant = near === undefined ? "check its spelling, and the broker's version" : `did you mean ${near}?`;
    throw new OperationError("bad_request", "unknown_parameter", `unknown parameter "${name}"; ${known}; ${meant}`, {
      field: name,
    });
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#values.get(name) ?? undefined;
  }

  #wrong(field: string, expected: string, found: string): OperationError {
    return new OperationError("bad_request", "bad_parameter", `${field}: expected ${expected}, found ${found}`, {
      field,
    });
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
