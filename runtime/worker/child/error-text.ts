import { fileURLToPath } from "node:url";
import { inspect, types } from "node:util";
import { labelOf } from "../../activation/error-names.js";
import { cutError } from "../../wire/codec/session-codec.js";
import { LONGEST_ERROR_BYTES } from "../../wire/limits.js";

/** Longest text, characters. */
const LONGEST = 16 * 1024;
/** Longest message of one error, characters. */
const LONGEST_MESSAGE = 4096;
/** Most frames of one error. */
const MOST_FRAMES = 30;
/** Frames of each error that a broker gets of a long text. */
const SENT_FRAMES = 8;
/** Depth of causes of causes, and of errors in an AggregateError. */
const DEEPEST = 8;
const MOST_ERRORS = 10;
const FRAME = /^\s+at /;
/** Frames of the code that calls the handlers, those below it, and those of Node below the handler are left out. */
const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const CALLER = /\bworker\/child\/executor\.[jt]s:/;
const NODE = /\(?node:/;

export interface ErrorText {
  /** "Name: message", or the value thrown if it is not an error. */
  readonly error: string;
  /** The same with the stack and the causes; absent if there are none. */
  readonly stack?: string;
}

/** Describes anything thrown, for people. Never throws, is bounded, and runs no code of the value but getters. */
export function errorText(thrown: unknown): ErrorText {
  const error = headlineOf(thrown);
  const lines: string[] = [];
  describe(thrown, "", "", 0, new Set(), lines);
  const stack = lines.join("\n");
  return stack === error ? { error } : { error, stack: cut(stack, LONGEST) };
}

/**
 * The same text for the broker, which keeps 4 KiB: where it is longer, each error has its first 8 frames only, so that causes
 * are not cut off by the stack above them.
 */
export function textForBroker(stack: string): string {
  if (Buffer.byteLength(stack) <= LONGEST_ERROR_BYTES) return stack;
  const lines: string[] = [];
  let frames = 0;
  for (const line of stack.split("\n")) {
    frames = FRAME.test(line) ? frames + 1 : 0;
    if (frames <= SENT_FRAMES) lines.push(line);
  }
  return cutError(lines.join("\n"));
}

function headlineOf(thrown: unknown): string {
  if (!isError(thrown)) return cut(plainText(thrown), LONGEST_MESSAGE);
  const name = nameOf(thrown);
  const message = textOf(thrown, "message") ?? "";
  return cut(message === "" ? name : `${name}: ${message}`, LONGEST_MESSAGE);
}

function describe(
  thrown: unknown,
  indent: string,
  label: string,
  depth: number,
  seen: Set<unknown>,
  lines: string[],
): void {
  if (seen.has(thrown)) {
    lines.push(`${indent}${label}(an error from above)`);
    return;
  }
  const [first = "", ...others] = headlineOf(thrown).split("\n");
  lines.push(`${indent}${label}${first}`, ...others.map((line) => `${indent}${line}`));
  if (!isError(thrown)) return;
  seen.add(thrown);
  for (const frame of framesOf(thrown)) lines.push(`${indent}${frame}`);
  if (depth >= DEEPEST) return;
  const inner = `${indent}  `;
  const cause = read(thrown, "cause");
  if (cause !== undefined) describe(cause, inner, "[cause] ", depth + 1, seen, lines);
  const errors = read(thrown, "errors");
  if (!Array.isArray(errors)) return;
  for (let index = 0; index < Math.min(errors.length, MOST_ERRORS); index += 1)
    describe(read(errors, index), inner, `[errors ${index}] `, depth + 1, seen, lines);
  if (errors.length > MOST_ERRORS) lines.push(`${inner}... ${errors.length - MOST_ERRORS} more errors`);
}

function framesOf(error: object): string[] {
  const lines = (textOf(error, "stack") ?? "").split("\n");
  const first = lines.findIndex((line) => FRAME.test(line));
  if (first < 0) return [];
  const frames = lines.slice(first, first + MOST_FRAMES).filter((line) => FRAME.test(line));
  const caller = frames.findIndex((frame) => frame.includes(PACKAGE) && CALLER.test(frame));
  const own = caller < 0 ? frames : frames.slice(0, caller);
  return own.slice(0, own.findLastIndex((frame) => !frame.includes(PACKAGE) && !NODE.test(frame)) + 1);
}

/** Accepts errors of another realm, such as a test runner's, and of a copied class. */
function isError(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (types.isNativeError(value)) return true;
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function nameOf(error: object): string {
  try {
    if (error instanceof Error) return cut(labelOf(error), LONGEST_MESSAGE);
  } catch {
    // Its class cannot be read.
  }
  return textOf(error, "name") ?? "Error";
}

function textOf(error: object, key: "name" | "message" | "stack"): string | undefined {
  const value = read(error, key);
  return typeof value === "string" ? cut(value, LONGEST) : undefined;
}

function read(from: object, key: string | number): unknown {
  try {
    return Reflect.get(from, key);
  } catch {
    return undefined;
  }
}

function plainText(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  try {
    return inspect(thrown, {
      depth: 2,
      maxArrayLength: 20,
      maxStringLength: 1000,
      customInspect: false,
      showProxy: true,
    });
  } catch {
    return "a thrown value that cannot be shown";
  }
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
