import type { YAMLError } from "yaml";
import type { Diagnosis, Found, Rule } from "./diagnosis-rule.js";
import { hasContent, type Line, Lines } from "./lines.js";
import { quoted } from "./node.js";
import { afterQuote, badEscape, itemBehindKey, openQuote, reserved, unquoted } from "./quotes.js";
import type { Edit } from "./repaired-text.js";
import { brackets, indentation, missingColon, mixed, nested } from "./structure.js";

/** What is wrong at the first place that the parser rejects. Pure. */
export function diagnose(error: YAMLError, text: string): Diagnosis {
  const lines = new Lines(text);
  const [at] = error.pos;
  const index = lines.at(at);
  const line = lines.get(index);
  const found: Found = {
    code: error.code,
    message: error.message,
    at,
    text,
    lines,
    index,
    line,
    column: at - line.start,
  };
  for (const rule of RULES) {
    const diagnosis = rule(found);
    if (diagnosis !== undefined) return diagnosis;
  }
  const shown = hasContent(line) ? quoted(line.text.trim()) : "the end of the file";
  return {
    at,
    sentence: `invalid YAML: ${shown}`,
    hint: 'a line is "key: value", "key:" above lines that are indented further, or "- value"; quote values with special characters',
  };
}

const conflict: Rule = ({ lines, line, at }) => {
  const marks = /^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/;
  if (!marks.test(line.text)) return undefined;
  const edits = lines.all.filter(({ text }) => marks.test(text)).map(blanked);
  return {
    at,
    sentence: "the file contains merge conflict markers",
    hint: "resolve the conflict, and remove them",
    edits,
  };
};

const tab: Rule = ({ code, lines, at }) => {
  if (code !== "TAB_AS_INDENT") return undefined;
  const edits = lines.all.flatMap(({ text, start }): Edit[] => {
    const [blank = ""] = /^[ \t]*/.exec(text) ?? [];
    return blank.includes("\t") ? [{ at: start, remove: blank.length, insert: " ".repeat(blank.length) }] : [];
  });
  return { at, sentence: "tabs are not allowed as indentation", hint: "indent with spaces", edits };
};

const RULES: readonly Rule[] = [
  conflict,
  tab,
  openQuote,
  unquoted,
  badEscape,
  itemBehindKey,
  reserved,
  afterQuote,
  mixed,
  missingColon,
  nested,
  indentation,
  brackets,
];

function blanked({ text, start }: Line): Edit {
  return { at: start, remove: text.length, insert: " ".repeat(text.length) };
}

/** Skips a line and the lines indented below it. Undefined when nothing is left to skip. */
export function passedOver(text: string, at: number): readonly Edit[] | undefined {
  const lines = new Lines(text);
  const index = lines.at(at);
  const found = hasContent(lines.get(index)) ? index : lines.beside(index, -1);
  if (found === undefined) return undefined;
  return lines.block(found).map((one) => blanked(lines.get(one)));
}
