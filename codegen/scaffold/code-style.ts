import type { ts } from "ts-morph";

/** A file's code style, which additions follow. */
export interface CodeStyle {
  readonly lineEnd: "\n" | "\r\n";
  readonly indent: string;
  readonly quote: '"' | "'";
  readonly semicolon: "" | ";";
}

export const USUAL_STYLE: CodeStyle = { lineEnd: "\n", indent: "  ", quote: '"', semicolon: ";" };

export function codeStyleOf(source: ts.SourceFile): CodeStyle {
  const { text } = source;
  const [first] = source.statements;
  const statement = first?.getText() ?? "import 'x';".replaceAll("'", '"');
  const indent = /^([ \t]+)\S/m.exec(text.replace(/^\s*\*.*$/gm, ""))?.[1];
  return {
    lineEnd: text.includes("\r\n") ? "\r\n" : "\n",
    indent: indent === undefined ? USUAL_STYLE.indent : indent.startsWith("\t") ? "\t" : indent,
    quote: /^import[^"']*'/.test(statement) ? "'" : '"',
    semicolon: statement.endsWith(";") ? ";" : "",
  };
}

/** Indentation of the line that a position is on. */
export function indentAt(text: string, position: number): string {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, position))?.[0] ?? "";
}
