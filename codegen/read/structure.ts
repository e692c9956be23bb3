import type { Diagnosis, Rule } from "./diagnosis-rule.js";
import { indentOf, keyOf, type Line, type Lines } from "./lines.js";
import { quoted } from "./node.js";
import { nextLine } from "./quotes.js";
import type { Edit } from "./repaired-text.js";

export const missingColon: Rule = ({ code, message, line, at, lines, index, column }) => {
  const isKey = code === "MULTILINE_IMPLICIT_KEY" || /^Implicit map keys/.test(message);
  if (!isKey || line.text.trim().startsWith("- ")) return undefined;
  const content = line.text.slice(indentOf(line));
  const glued = /^([A-Za-z_][\w.-]*):(?=[^\s/:])/.exec(content);
  const start = line.start + indentOf(line);
  if (glued !== null) {
    const [whole, key = ""] = glued;
    const value = content.slice(whole.length).trim();
    const insertAt = start + whole.length;
    return {
      at,
      sentence: `a space is missing after the colon of ${key}`,
      hint: `write ${key}: ${value}`,
      edits: [{ at: insertAt, remove: 0, insert: " " }],
      whole: true,
    };
  }
  const equals = /^([A-Za-z_][\w.-]*)\s*=\s*/.exec(content);
  if (equals !== null) {
    const [whole, key = ""] = equals;
    const hint = `write ${key}: ${content.slice(whole.length).trim()}`;
    return {
      at,
      sentence: `${key} is followed by "=" where a colon belongs`,
      hint,
      edits: [{ at: start, remove: whole.length, insert: `${key}: ` }],
      whole: true,
    };
  }
  const word = /^("[^"]*"|'[^']*'|[A-Za-z_*][\w.-]*)(?=\s|$)/.exec(content)?.[1];
  if (word === undefined || column > indentOf(line)) return undefined;
  const value = content
    .slice(word.length)
    .replace(/\s+#.*$/, "")
    .trim();
  const next = lines.beside(index, 1);
  const below = next !== undefined && indentOf(lines.get(next)) > indentOf(line);
  const hint = value === "" ? (below ? `write ${word}:` : `write ${word}: and its value`) : `write ${word}: ${value}`;
  return {
    at,
    sentence: `a colon is missing after ${word}`,
    hint,
    edits: [{ at: start + word.length, remove: 0, insert: ":" }],
    whole: true,
  };
};

/** Items of a list and keys of a mapping mixed at one level. */
export const mixed: Rule = ({ code, lines, index, line, at }) => {
  if (
    !["BLOCK_AS_IMPLICIT_KEY", "BAD_INDENT", "MISSING_CHAR", "MULTILINE_IMPLICIT_KEY", "UNEXPECTED_TOKEN"].includes(
      code,
    )
  )
    return undefined;
  const before = lines.beside(index, -1);
  const isItem = (one: Line) => /^\s*-(?:\s|$)/.test(one.text);
  const above = before === undefined ? undefined : lines.get(before);
  if (above === undefined) return undefined;
  const own = at + Math.max(0, indentOf(line) - (at - line.start));
  if (isItem(line) && !isItem(above) && keyOf(above) !== undefined && indentOf(line) <= indentOf(above))
    return {
      at: own,
      sentence: "a list item is among the keys of a mapping",
      hint: "indent it below the key it belongs to, or write a key and a value",
    };
  if (!isItem(line) && isItem(above) && indentOf(line) === indentOf(above)) {
    if (keyOf(line) === undefined)
      return {
        at: own,
        sentence: "a list item has no dash",
        hint: `write - ${line.text.trim()}`,
        edits: [{ at: line.start + indentOf(line), remove: 0, insert: "- " }],
        whole: true,
      };
    return {
      at: own,
      sentence: "a key is among the items of a list",
      hint: "indent it less, like the key that the list belongs to",
    };
  }
  return undefined;
};

/** A value that contains a colon and a space, or a key that is indented below a key with a value. */
export const nested: Rule = ({ code, lines, index, line, column, at }) => {
  if (code !== "BLOCK_AS_IMPLICIT_KEY" && code !== "MULTILINE_IMPLICIT_KEY") return undefined;
  const rest = line.text.slice(column);
  if (/:(?:\s|$)/.test(rest.replace(/\s#.*$/, ""))) {
    const value = rest.replace(/\s+#.*$/, "").trimEnd();
    const insert = JSON.stringify(value);
    return {
      at,
      sentence: "a value contains a colon and a space",
      hint: `quote it: ${insert}`,
      edits: [{ at, remove: value.length, insert }],
      whole: true,
    };
  }
  const next = lines.beside(index, 1);
  const below = next === undefined ? undefined : lines.get(next);
  if (next === undefined || below === undefined || keyOf(below) === undefined || indentOf(below) <= indentOf(line))
    return undefined;
  return shifted(lines, next, indentOf(line));
};

export const indentation: Rule = ({ code, message, lines, index, line, at, text }) => {
  if (code !== "BAD_INDENT" && !/^Sequence item without/.test(message)) return undefined;
  if (/^(?:Flow|flow) /.test(message)) return openBracket(text, lines, at);
  const before = lines.beside(index, -1);
  const above = before === undefined ? undefined : lines.get(before);
  const open = lines.openIndents(index);
  if (above !== undefined && keyOf(above) !== undefined && indentOf(line) > indentOf(above))
    return shifted(lines, index, indentOf(above));
  const own = indentOf(line);
  const name = keyOf(line) ?? line.text.trim();
  const near = [...open]
    .sort((a, b) => Math.abs(a - own) - Math.abs(b - own))
    .slice(0, 2)
    .sort((a, b) => b - a);
  return {
    at: line.start + own,
    sentence: `${name} is indented by ${spaces(own)}, which matches no key above it: expected ${near.map(String).join(" or ")}`,
    hint: "indent all keys of a mapping alike",
  };
};

/** A key that is indented below a key with a value: the two belong side by side. */
function shifted(lines: Lines, index: number, indent: number): Diagnosis {
  const line = lines.get(index);
  const own = indentOf(line);
  const edits = lines.block(index).map((at): Edit => {
    const { start, text } = lines.get(at);
    return { at: start, remove: Math.min(own - indent, indentOf({ start, text })), insert: "" };
  });
  return {
    at: line.start + own,
    sentence: `${keyOf(line) ?? line.text.trim()} is indented by ${spaces(own)}, the keys before it by ${indent}`,
    hint: "indent all keys of a mapping alike",
    edits,
    whole: true,
  };
}

function spaces(count: number): string {
  return `${count} space${count === 1 ? "" : "s"}`;
}

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** The innermost bracket that is open at a place. */
function openBracket(text: string, lines: Lines, at: number): Diagnosis | undefined {
  const open: number[] = [];
  let quote = "";
  for (let position = 0; position < at; position++) {
    const sign = text.charAt(position);
    if (quote !== "") {
      if (quote === '"' && sign === "\\") position++;
      else if (sign === quote) quote = "";
    } else if (sign === "#" && /\s|^$/.test(text.charAt(position - 1))) position = nextLine(text, position);
    else if ((sign === '"' || sign === "'") && /[\s[{,:]|^$/.test(text.charAt(position - 1))) quote = sign;
    else if (sign === "{" || sign === "[") open.push(position);
    else if (sign === "}" || sign === "]") open.pop();
  }
  const found = open.at(-1);
  if (found === undefined) return undefined;
  const sign = text.charAt(found);
  const close = CLOSING[sign] ?? "";
  const line = lines.get(lines.at(found));
  const end = line.start + line.text.replace(/\s+#.*$/, "").trimEnd().length;
  const insert = open
    .filter((one) => one >= line.start && one <= found)
    .map((one) => CLOSING[text.charAt(one)] ?? "")
    .reverse()
    .join("");
  return {
    at: found,
    sentence: `${sign} is opened here and never closed`,
    hint: `close it with ${close}`,
    edits: [{ at: end, remove: 0, insert: ` ${insert}` }],
  };
}

export const brackets: Rule = ({ code, message, text, lines, line, column, at }) => {
  if (/flow-(?:map|seq)-end/.test(message)) {
    const sign = text.charAt(at);
    return {
      at,
      sentence: `unmatched ${sign}`,
      hint: "remove it, or add its opening bracket",
      edits: [{ at, remove: 1, insert: " " }],
    };
  }
  if (/^Unexpected (?:,|empty item)/.test(message)) {
    const comma = line.text.lastIndexOf(",", column);
    return {
      at,
      sentence: "there is an extra comma",
      hint: "remove it",
      edits: comma < 0 ? [] : [{ at: line.start + comma, remove: 1, insert: " " }],
      whole: true,
    };
  }
  if (/^Comments must be/.test(message))
    return {
      at,
      sentence: "a space is missing before the comment",
      hint: "write a space before #",
      edits: [{ at, remove: 0, insert: " " }],
      whole: true,
    };
  if (/and end with a [}\]]|must end with/.test(message)) return openBracket(text, lines, at);
  if (/^Missing (?:,|space after)/.test(message))
    return {
      at,
      sentence: `a comma or a colon is missing before ${quoted(line.text.slice(column).trim())}`,
      hint: "inside braces write key: value, with a comma between entries",
    };
  if (code === "BLOCK_IN_FLOW")
    return {
      at,
      sentence: "entries inside braces or brackets need commas between them and cannot be indented blocks",
      hint: "write { key: value, key: value }, or indented lines without braces",
    };
  return undefined;
};
