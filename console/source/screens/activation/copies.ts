import type { ActivationContent, ShownValue } from "../../../../runtime/operations/documents/content.js";

/** Parameters as a person copies them; `why`: they cannot be. */
export type Copy = { readonly text: string } | { readonly why: string };

/** The parameters as JSON. Large integers are written as numbers only where the schema says that they are. */
export function asJson(content: ActivationContent): Copy {
  const found = fieldsOf(content);
  return "why" in found
    ? found
    : { text: `{${found.fields.map(([name, text]) => `\n  ${JSON.stringify(name)}: ${text}`).join(",")}\n}` };
}

/** The line of a shell that sends the same parameters again. */
export function asSend(content: ActivationContent, task: string): Copy {
  // The command refuses numbers that other programs would round.
  const found = fieldsOf(content, true);
  if ("why" in found) return found;
  const json = `{${found.fields.map(([name, text]) => `${JSON.stringify(name)}: ${text.replaceAll(/\n\s*/g, " ")}`).join(", ")}}`;
  return { text: `taskwire send ${quoted(task)} ${quoted(json)}` };
}

/** The parameters as the input of runTask() in a test. */
export function asTestInput(content: ActivationContent): Copy {
  if (content.parameters.kind !== "named") return { why: NO_MODEL };
  const found = fieldsOf(content);
  if ("why" in found) return found;
  const types = new Map(content.parameters.parameters.map(({ name, type }) => [name, type]));
  const lines = found.fields.map(([name, text]) => {
    const type = types.get(name);
    return `  ${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}: ${asTypeScript(text, type)},`;
  });
  return { text: `const input = {\n${lines.join("\n")}\n};` };
}

function asTypeScript(json: string, type: string | null | undefined): string {
  if (json === "null") return json;
  if (type === "bigint") return `${json}n`;
  if (type === "datetime") return `new Date(${json})`;
  return type === "bytes" ? `Buffer.from(${json}, "base64")` : json;
}

const NO_MODEL = "no model of this console has the task, so its parameters have no names";

type Fields = { readonly fields: readonly (readonly [string, string])[] } | { readonly why: string };

/** Names and values as JSON text. `quotes`: integers beyond ±(2^53 - 1) are strings of digits. */
function fieldsOf({ parameters }: ActivationContent, quotes = false): Fields {
  switch (parameters.kind) {
    case "large":
      return { why: "they are not opened" };
    case "unreadable":
      return { why: "they cannot be read" };
    case "unnamed":
      if (isCovered(parameters.args) || isCovered(parameters.kwargs)) return { why: COVERED };
      if (isCut(parameters.kwargs)) return { why: CUT };
      if (isDeep(parameters.kwargs)) return { why: DEEP };
      if (parameters.args.length > 0) return { why: NO_MODEL };
      return { fields: Object.entries(parameters.kwargs).map(([name, value]) => [name, textOf(value, null)] as const) };
    case "named": {
      if (parameters.parameters.some(({ covered, value }) => covered || isCovered(value))) return { why: COVERED };
      if (parameters.parameters.some(({ value }) => isCut(value))) return { why: CUT };
      if (parameters.parameters.some(({ value }) => isDeep(value))) return { why: DEEP };
      const present = parameters.parameters.filter(({ absent }) => !absent);
      return { fields: present.map(({ name, type, value }) => [name, textOf(value, type, quotes)] as const) };
    }
  }
}

/** More levels are not printed: the functions that do it call themselves once a level. */
const MOST_LEVELS = 500;
const CUT = "they hold bytes of which only the first KiB is here";
const DEEP = `they have more than ${MOST_LEVELS} levels`;
const COVERED = "a value is covered; reveal it first";

/** Whether a value, or one within it, is covered. */
export function isCovered(value: ShownValue): boolean {
  return hasWithin(value, (each) => "$covered" in each);
}

/** Whether a value, or one within it, matches; values may have any number of levels. */
function hasWithin(value: ShownValue, matches: (value: object, level: number) => boolean): boolean {
  const left: [ShownValue, number][] = [[value, 1]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [each, level] = next;
    if (typeof each !== "object" || each === null) continue;
    if (matches(each, level)) return true;
    for (const inner of Object.values(each)) left.push([inner, level + 1]);
  }
  return false;
}

function isDeep(value: ShownValue): boolean {
  return hasWithin(value, (_, level) => level > MOST_LEVELS);
}

/** A value as it is shown: digits of an integer that was too large for a number are a bigint again. */
export function exact(value: ShownValue, type: string | null): unknown {
  if (typeof value === "string" && (type === "int" || type === "bigint") && /^-?\d+$/.test(value)) return BigInt(value);
  if (!Array.isArray(value) || type?.endsWith("[]") !== true) return value;
  const inner = type.slice(0, -2);
  return value.map((each: ShownValue) => exact(each, inner));
}

/** A value as JSON text: digits of an integer that was too large for a number become a number again. */
function textOf(value: ShownValue, type: string | null, quotes = false): string {
  if (typeof value === "string" && (type === "int" || type === "bigint") && /^-?\d+$/.test(value)) {
    return quotes ? JSON.stringify(value) : value;
  }
  if (Array.isArray(value) && type?.endsWith("[]") === true) {
    const inner = type.slice(0, -2);
    return `[${value.map((each: ShownValue) => textOf(each, inner, quotes)).join(", ")}]`;
  }
  return JSON.stringify(withBytes(value), null, 2).replaceAll("\n", "\n  ");
}

/** Bytes as base64, as the JSON form of parameters has them. */
function withBytes(value: ShownValue): ShownValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: ShownValue) => withBytes(each));
  if ("$bytes" in value && typeof value.$bytes === "string") {
    const pairs = value.$bytes.match(/../g) ?? [];
    return btoa(String.fromCharCode(...pairs.map((pair) => Number.parseInt(pair, 16))));
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withBytes(each)]));
}

/** Whether a value, or one within it, is bytes of which only the first are here, or a value of an extension type. */
function isCut(value: ShownValue): boolean {
  return hasWithin(value, (each) => {
    if (!("$bytes" in each) || typeof each.$bytes !== "string") return false;
    return "$ext" in each || !("length" in each) || each.$bytes.length / 2 !== each.length;
  });
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
