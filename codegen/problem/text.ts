import { escapeInvisible } from "./escape-invisible.js";
import { formatPlace, formatProblem, type Problem } from "./problem.js";

/** plain: a line each; frame: with the line of the file, for a terminal; json: one list, for tools. */
export type ProblemFormat = "plain" | "frame" | "json";

export interface ProblemTextOptions {
  readonly format: ProblemFormat;
  /** ANSI colours in frames; default none. */
  readonly color?: boolean;
}

/** Columns of a file's line that a frame shows. */
const WIDEST = 120;
/** Columns shown before the place in a line that is longer. */
const BEFORE = 60;

/** All problems of a run as text that ends with a line feed; "" for none, but a list in JSON. Pure. */
export function problemText(problems: readonly Problem[], { format, color = false }: ProblemTextOptions): string {
  if (format === "json") return `${invisibleEscaped(JSON.stringify(problems.map(jsonOf), null, 2))}\n`;
  if (format === "plain") return problems.map((problem) => `${formatProblem(problem)}\n`).join("");
  const paint = color ? painted : (text: string) => text;
  return problems.map((problem) => frameOf(problem, paint)).join("\n");
}

/** The fields in this order, `hint` only where there is one. */
function jsonOf({ file, line, column, code, message, path, expected, got, hint }: Problem) {
  return { file, line, column, code, message, path, expected, got, ...(hint === undefined ? {} : { hint }) };
}

/** An escape means the same in JSON; its line feeds are only between values. */
function invisibleEscaped(json: string): string {
  return json.split("\n").map(escapeInvisible).join("\n");
}

type Style = "bold" | "red" | "dim";
type Paint = (text: string, style: Style) => string;

const CODES = { bold: 1, red: 31, dim: 2 } as const;

function painted(text: string, style: Style): string {
  return `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

function frameOf(problem: Problem, paint: Paint): string {
  const head = `${paint(`${formatPlace(problem)}:`, "bold")} ${problem.message} ${paint(`[${problem.code}]`, "dim")}\n`;
  if (problem.source === undefined || problem.source.trim() === "") return head;
  const { line, mark, length } = shownLine(problem.source, problem.column);
  const number = String(problem.line);
  const margin = paint(`  ${number} | `, "dim");
  const blank = paint(`  ${" ".repeat(number.length)} | `, "dim");
  return `${head}${margin}${line}\n${blank}${" ".repeat(mark)}${paint("^".repeat(length), "red")}\n`;
}

/** The line as a terminal shows it, where the mark starts, and how long it is. */
function shownLine(source: string, column: number): { line: string; mark: number; length: number } {
  const at = Math.min(column - 1, source.length);
  const start = source.length > WIDEST ? Math.max(0, at - BEFORE) : 0;
  const end = Math.min(source.length, start + WIDEST);
  const token = tokenAt(source, at).slice(0, end - at);
  const before = `${start > 0 ? "…" : ""}${visible(source.slice(start, at))}`;
  const after = `${visible(source.slice(at + token.length, end))}${end < source.length ? "…" : ""}`;
  const middle = visible(token);
  return { line: `${before}${middle}${after}`, mark: width(before), length: Math.max(1, width(middle)) };
}

/** The quoted text, the word or the sign that starts there. */
function tokenAt(source: string, at: number): string {
  return /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,{}[\]:#"']+|.)/u.exec(source.slice(at))?.[0] ?? "";
}

function visible(text: string): string {
  return escapeInvisible(text.replaceAll("\t", "  "));
}

/** In characters; wide ones count as one, which moves a mark but hides nothing. */
function width(text: string): number {
  return [...text].length;
}
