import { escapeInvisible } from "../../problem/escape-invisible.js";

/** A JSDoc comment, ready to print. Both are empty when there is no comment. */
export interface DocData {
  /** The whole comment when one line holds it. */
  readonly short: string;
  readonly lines: readonly string[];
}

/**
 * A JSDoc comment of paragraphs; absent and empty ones are left out. Nothing in the texts ends the comment, starts a
 * JSDoc tag, or hides what a reader sees.
 */
export function docOf(...paragraphs: readonly (string | undefined)[]): DocData {
  return joined(paragraphs.map(safeLines));
}

interface Tags {
  /** What to use instead. */
  readonly deprecated?: string | undefined;
  /** Where the schema declares it. */
  readonly see?: string | undefined;
}

/** The same with JSDoc tags at its end; absent tags are left out. */
export function taggedDocOf({ deprecated, see }: Tags, ...paragraphs: readonly (string | undefined)[]): DocData {
  const tags = [...tag("deprecated", deprecated), ...tag("see", see)];
  return joined([...paragraphs.map(safeLines), tags]);
}

function tag(name: string, text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const [first = "", ...rest] = safeLines(text);
  return [`@${name} ${first}`.trimEnd(), ...rest];
}

function joined(paragraphs: readonly (readonly string[])[]): DocData {
  const lines = paragraphs
    .filter(({ length }) => length > 0)
    .flatMap((own, index) => (index === 0 ? own : ["", ...own]));
  const [first = ""] = lines;
  return lines.length === 1 && first.length <= 110 ? { short: first, lines: [] } : { short: "", lines };
}

function safeLines(text = ""): readonly string[] {
  const trimmed = text.trim();
  return trimmed === "" ? [] : trimmed.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map(safeLine);
}

function safeLine(line: string): string {
  return escapeInvisible(line.replaceAll("\t", "  ").trimEnd())
    .replaceAll("*/", "*\\/")
    .replace(/(^|\s)@/g, "$1\\@")
    .replace(/^(\s*)\//, "$1\\/");
}
