import { escapeUnseen } from "./unseen.js";

/** A JSDoc comment, ready to print. Both are empty when there is nothing to say. */
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
  const texts = paragraphs.flatMap((text) => (text === undefined || text.trim() === "" ? [] : [text.trim()]));
  const lines = texts.flatMap((text, index) => {
    const own = text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map(safeLine);
    return index === 0 ? own : ["", ...own];
  });
  const [first = ""] = lines;
  return lines.length === 1 && first.length <= 110 ? { short: first, lines: [] } : { short: "", lines };
}

function safeLine(line: string): string {
  return escapeUnseen(line.replaceAll("\t", "  ").trimEnd())
    .replaceAll("*/", "*\\/")
    .replace(/(^|\s)@/g, "$1\\@")
    .replace(/^(\s*)\//, "$1\\/");
}
