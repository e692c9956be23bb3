import { escapeInvisible } from "./escape-invisible.js";
import type { ProblemCode } from "./kinds.js";

/** A place in a schema file. */
export interface Place {
  /** Relative to the working directory, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** The parts of every message: key path, what was expected, what was found, hint. */
export interface ProblemParts {
  readonly code: ProblemCode;
  /** Key path, "" for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  /** Replaces "expected ..., got ..." where another sentence is clearer. */
  readonly sentence?: string | undefined;
  /** What to do. */
  readonly hint?: string | undefined;
  /** True whatever else the schema contains: reported even when another part cannot be read. */
  readonly sure?: boolean | undefined;
  /** The section, a key of schema files, that would declare what is missing; default: any. */
  readonly declaredIn?: string | undefined;
}

/** Problems that may only appear because another part could not be read: something is missing. */
const BY_ABSENCE: ReadonlySet<ProblemCode> = new Set([
  "missing_key",
  "missing_application",
  "missing_route",
  "one_of_keys",
  "unknown_name",
  "bad_former_name",
  "bad_external",
  "bad_raw",
  "bad_topic",
  "bad_retry",
  "bad_schedule",
  "recursive_type",
  "unfit_value",
  "long_deadline",
]);

export interface Problem extends Place, ProblemParts {
  readonly message: string;
  /** The line of the file; absent when its text is unknown. */
  readonly source?: string;
}

/** Collects every problem of a run. */
export class Problems {
  readonly #list: Problem[] = [];
  readonly #texts = new Map<string, string>();
  /** Sections of which a part could not be read; "": any section. */
  readonly #unread = new Set<string>();

  add(place: Place, parts: ProblemParts): void {
    const { sentence, sure, declaredIn, ...shown } = parts;
    const { path, expected, got, hint } = shown;
    if (sure !== true && mayComeFromAbsence(parts) && this.#mayBeUnread(declaredIn)) return;
    const subject = path === "" ? "" : `${path}: `;
    const text = sentence ?? `expected ${expected}, got ${got}`;
    const message = `${subject}${text}${hint === undefined ? "" : `; ${hint}`}`;
    const { file, line, column } = place;
    // Names and values come from the schema: none may move the cursor or reorder what a reader sees.
    this.#list.push({ ...shown, file, line, column, message: escapeInvisible(message) });
  }

  /**
   * A part of that section, or of any, could not be read. It may declare names that the rest uses: from now on only
   * problems that do not depend on it are added.
   */
  markIncomplete(section = ""): void {
    this.#unread.add(section);
  }

  #mayBeUnread(section: string | undefined): boolean {
    return section === undefined ? this.#unread.size > 0 : this.#unread.has("") || this.#unread.has(section);
  }

  /** The text of a file, from which its problems get their lines. */
  setText(file: string, text: string): void {
    this.#texts.set(file, text);
  }

  /** How many were added. */
  get size(): number {
    return this.#list.length;
  }

  get empty(): boolean {
    return this.#list.length === 0;
  }

  /** By place, then message; a problem that was added twice is listed once. */
  sorted(): readonly Problem[] {
    const byText = new Map(this.#list.map((problem) => [formatProblem(problem), problem]));
    const lines = new Map<string, readonly string[]>();
    return [...byText.values()]
      .sort(
        (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
      )
      .map((problem) => {
        const source = this.#line(problem, lines);
        return source === undefined ? problem : { ...problem, source };
      });
  }

  #line({ file, line }: Place, lines: Map<string, readonly string[]>): string | undefined {
    const known = lines.get(file) ?? this.#texts.get(file)?.split(/\r?\n/);
    if (known !== undefined) lines.set(file, known);
    return known?.[line - 1];
  }
}

function mayComeFromAbsence({ code, got }: ProblemParts): boolean {
  return BY_ABSENCE.has(code) || (code === "wrong_type" && got === "nothing");
}

/** `file:line:col: message`. */
export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem)}: ${problem.message}`;
}

/** `file:line:col`. */
export function formatPlace({ file, line, column }: Place): string {
  return `${escapeInvisible(file)}:${line}:${column}`;
}

/** Order by UTF-16 units, the same on every machine. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
