import { ts } from "ts-morph";
import { type CodeStyle, indentAt } from "./code-style.js";

/** Text put in at a place. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
  /** Blanks taken out there: those before the brace of an object on one line; default none. */
  readonly blanks?: number;
}

/** Puts in all insertions; those at one place in the order they are listed. */
export function inserted(text: string, insertions: readonly Insertion[]): string {
  const ordered = insertions.map((one, index) => ({ ...one, index })).sort((a, b) => b.at - a.at || b.index - a.index);
  return ordered.reduce(
    (now, { at, text: added, blanks = 0 }) => now.slice(0, at) + added + now.slice(at + blanks),
    text,
  );
}

/** Adds properties, each as its lines, at the end of an object literal, with a comma after the present last one if missing. */
export function addProperties(
  object: ts.ObjectLiteralExpression,
  properties: readonly (readonly string[])[],
  style: CodeStyle,
): readonly Insertion[] {
  const { text } = object.getSourceFile();
  const { lineEnd, indent } = style;
  const last = object.properties.at(-1);
  const brace = object.getEnd() - 1;
  const outer = indentAt(text, object.getStart());
  const inner =
    last !== undefined && startsLine(text, last.getStart()) ? indentAt(text, last.getStart()) : outer + indent;
  const comma = last === undefined || object.properties.hasTrailingComma ? [] : [{ at: last.getEnd(), text: "," }];
  // A list that ends without a comma keeps doing so.
  const end = comma.length > 0 ? "" : ",";
  const body =
    properties.map((lines) => lines.map((line) => `${inner}${line}`).join(lineEnd)).join(`,${lineEnd}`) + end;
  const lineStart = text.lastIndexOf("\n", brace - 1) + 1;
  const alone = lineStart > object.getStart() && text.slice(lineStart, brace).trim() === "";
  if (alone) return [...comma, { at: lineStart, text: `${body}${lineEnd}` }];
  const blanks = /[ \t]*$/.exec(text.slice(0, brace))?.[0].length ?? 0;
  return [...comma, { at: brace - blanks, blanks, text: `${lineEnd}${body}${lineEnd}${outer}` }];
}

/** An import after the last one, or at the head of the file. */
export function addImport(source: ts.SourceFile, line: string, { lineEnd }: CodeStyle): Insertion {
  const last = source.statements.filter(ts.isImportDeclaration).at(-1);
  if (last === undefined) return { at: source.statements[0]?.getStart() ?? 0, text: `${line}${lineEnd}` };
  return { at: last.getEnd(), text: `${lineEnd}${line}` };
}

function startsLine(text: string, position: number): boolean {
  return text.slice(text.lastIndexOf("\n", position - 1) + 1, position).trim() === "";
}
