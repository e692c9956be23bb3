import { translated, typeHint } from "../foreign-types.js";
import type { Diagnosis, Rule } from "./diagnosis-rule.js";
import type { Lines } from "./lines.js";
import { quoted } from "./node.js";

/** A variable, a star, a cron expression or a type that YAML does not read as a string where it stands. */
export const unquoted: Rule = ({ code, line, at }) => {
  if (!["UNEXPECTED_TOKEN", "MISSING_CHAR", "BAD_ALIAS", "BAD_INDENT", "BLOCK_AS_IMPLICIT_KEY"].includes(code))
    return undefined;
  const { text, start } = line;
  const inBrackets = /[[{]/.test(text);
  const variable = /(?:[[,:{]\s*)((?:[^\s,[\]{}"':]*)\$\{[^}\s]*\}?[^\s,\]}]*)/.exec(text);
  if (inBrackets && variable?.[1] !== undefined && !isQuoted(text, variable.index))
    return quoting(
      variable[1],
      start + text.indexOf(variable[1], variable.index),
      "a value with a variable",
      "inside brackets",
    );
  if (/[{,]\s*\S+\s*:|\{/.test(text)) {
    for (const match of text.matchAll(/[A-Za-z][\w.]*(?:\[(?:[^[\]]|\[(?:[^[\]]|\[[^[\]]*\])*\])*\]|\{\})+\??/g)) {
      const before = text.slice(0, match.index);
      if (isQuoted(text, match.index) || !/[{,]/.test(before) || at < start + match.index) continue;
      return unquotedType(match[0], start + match.index);
    }
  }
  const star = /(?:^\s*|[{,[]\s*)(\*)\s*(?=[:,\]])/.exec(text);
  if (star !== null) return quoting("*", start + star.index + star[0].indexOf("*"), "a star", "");
  const cron = /[\s:](\*\/?[^#"'{}[\]]*[^\s#"'{}[\],])/.exec(text);
  if (cron?.[1] !== undefined && /^\*(?:\/\d+)?\s/.test(cron[1]))
    return quoting(cron[1], start + cron.index + 1, "a value that starts with a star", "");
  return undefined;
};

function unquotedType(type: string, at: number): Diagnosis {
  const isOurs = /^[A-Za-z]\w*(?:\[\]|\{\})+\??$/.test(type);
  const found = translated(type);
  const instead = isOurs ? type : found === undefined ? "json" : `${found.type}${found.absent ? "?" : ""}`;
  const hint = isOurs ? `quote it: "${type}"` : (typeHint(type) ?? 'a list is "int[]", a map from string is "int{}"');
  return {
    at,
    sentence: isOurs ? `${type} needs quotes inside braces` : `${type} is not a type of the schema`,
    hint,
    edits: [{ at, remove: type.length, insert: JSON.stringify(instead) }],
    whole: true,
  };
}

function quoting(token: string, at: number, what: string, where: string): Diagnosis {
  const insert = JSON.stringify(token);
  const sentence = `${what} needs quotes${where === "" ? "" : ` ${where}`}`;
  return { at, sentence, hint: `quote it: ${insert}`, edits: [{ at, remove: token.length, insert }], whole: true };
}

function isQuoted(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return (before.split('"').length - 1) % 2 === 1 || (before.split("'").length - 1) % 2 === 1;
}

/** A quote that is open from an earlier line to the place of the error or the end of the file. */
export const openQuote: Rule = ({ code, message, text, lines, at, index }) => {
  const atEnd = /^Missing closing/.test(message);
  if (!atEnd && code !== "UNEXPECTED_TOKEN" && code !== "MULTILINE_IMPLICIT_KEY" && code !== "BLOCK_IN_FLOW")
    return undefined;
  const opener = openedBefore(text, lines, at, atEnd);
  if (opener === undefined || (!atEnd && lines.at(opener) === index)) return undefined;
  const line = lines.get(lines.at(opener));
  const sign = text.charAt(opener);
  const end = line.start + line.text.trimEnd().length;
  // Braces and commas at the end of the line are probably outside the quotes.
  const tail = /[\]},\s]*$/.exec(line.text.slice(opener - line.start))?.[0].length ?? 0;
  const close = /[[{]/.test(line.text.slice(0, opener - line.start)) ? line.start + line.text.length - tail : end;
  return {
    at: opener,
    sentence: `a quote is opened here and never closed: ${quoted(line.text.slice(opener - line.start).trim())}`,
    hint: `close it with ${sign}`,
    edits: [{ at: close, remove: 0, insert: sign }],
  };
};

/** Where the quoted text begins that holds a place, or ends on its line. */
function openedBefore(text: string, lines: Lines, at: number, atEnd: boolean): number | undefined {
  const limit = atEnd ? at : lines.get(lines.at(at)).start + lines.get(lines.at(at)).text.length;
  let open: number | undefined;
  for (let position = 0; position < limit; position++) {
    const sign = text.charAt(position);
    if (open === undefined) {
      if (sign === "#" && /\s|^$/.test(text.charAt(position - 1))) position = nextLine(text, position);
      else if ((sign === '"' || sign === "'") && /[\s[{,:]|^$/.test(text.charAt(position - 1))) open = position;
      continue;
    }
    const quote = text.charAt(open);
    if (quote === '"' && sign === "\\") position++;
    else if (sign === quote) {
      if (quote === "'" && text.charAt(position + 1) === "'") position++;
      else if (!atEnd && lines.at(position) === lines.at(at) && lines.at(open) !== lines.at(at)) return open;
      else open = undefined;
    }
  }
  return atEnd ? open : undefined;
}

export function nextLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

export const afterQuote: Rule = ({ code, line, column, at }) => {
  if (code !== "UNEXPECTED_TOKEN" && code !== "BLOCK_AS_IMPLICIT_KEY") return undefined;
  const match = /^(\s*(?:- +)?(?:[^\s"'#:][^"'#:]*:\s+)?)((["'])(?:\\.|(?!\3).)*\3)(?=[^\s,}\]:])?(.*)$/.exec(
    line.text,
  );
  if (match === null || /[{[]/.test(match[1] ?? "")) return undefined;
  const [, before = "", head = "", sign = "", rest = ""] = match;
  if (rest.trim() === "" || /^\s*(?:#|:)/.test(rest) || column < before.length) return undefined;
  const value = `${head}${rest}`.trimEnd();
  const plain = value.replace(/^["']/, "").replace(/["']$/, "");
  const insert = JSON.stringify(plain);
  const isApostrophe = sign === "'" && /^\w/.test(rest);
  return {
    at,
    sentence: isApostrophe
      ? "an apostrophe ends a string in single quotes"
      : `unexpected text after the closing quote: ${quoted(rest.trim())}`,
    hint: isApostrophe ? `use double quotes: ${insert}` : `quote all of it: ${insert}`,
    edits: [{ at: line.start + before.length, remove: value.length, insert }],
    whole: true,
  };
};

export const badEscape: Rule = ({ code, line, column, at }) => {
  if (code !== "BAD_DQ_ESCAPE") return undefined;
  const slash = line.text.lastIndexOf("\\", column + 1);
  const token = line.text.slice(slash, slash + 2);
  const value = /"(?:[^"\\]|\\.)*"/.exec(line.text)?.[0];
  const single = value?.includes("'") === false ? `: '${value.slice(1, -1)}'` : "";
  return {
    at,
    sentence: `${token} is not a valid escape in double quotes`,
    hint: `use single quotes${single}`,
    edits: slash < 0 ? [] : [{ at: line.start + slash, remove: 0, insert: "\\" }],
    whole: true,
  };
};

/** A list item after a key on the same line. */
export const itemBehindKey: Rule = ({ message, line, at, column }) => {
  if (!/same line with key/.test(message)) return undefined;
  const value = line.text
    .slice(column)
    .replace(/\s+#.*$/, "")
    .trimEnd();
  const insert = JSON.stringify(value);
  return {
    at,
    sentence: "a list item cannot follow its key on the same line",
    hint: `put it on its own line below the key, or quote it: ${insert}`,
    edits: [{ at, remove: value.length, insert }],
    whole: true,
  };
};

/** A value that begins with a character that YAML reserves. */
export const reserved: Rule = ({ code, message, line, column }) => {
  const isScalar =
    code === "BAD_SCALAR_START" ||
    /^Block scalar header/.test(message) ||
    code === "BAD_ALIAS" ||
    /empty string/.test(message);
  if (!isScalar) return undefined;
  const from =
    code === "BAD_SCALAR_START" || code === "BAD_ALIAS" ? column : line.text.slice(0, column).search(/[|>]\S*$/);
  if (from < 0) return undefined;
  const rest = line.text.slice(from);
  const isFlow = /[{[]/.test(line.text.slice(0, from));
  const value = (isFlow ? (/^[^,\]}]*/.exec(rest)?.[0] ?? "") : rest.replace(/\s+#.*$/, "")).trimEnd();
  if (value === "") return undefined;
  const insert = JSON.stringify(value);
  return {
    at: line.start + from,
    sentence: `a value cannot start with ${value.charAt(0)} without quotes`,
    hint: `quote it: ${insert}`,
    edits: [{ at: line.start + from, remove: value.length, insert }],
    whole: true,
  };
};
