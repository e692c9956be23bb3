import { escapeInvisible } from "./escape-invisible.js";
import type { ProblemCode } from "./kinds.js";

/** Where something stands in a schema file. */
export interface Place {
  /** Relative to the working directory, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** The one grammar of messages: key path, what was expected, what was found, the way out. */
export interface ProblemParts {
  readonly code: ProblemCode;
  /** Key path, "" for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  /** The sentence for people, where "expected ..., got ..." would be poor English. */
  readonly sentence?: string | undefined;
  readonly hint?: string | undefined;
  /** It holds whatever else stands in the schema: it is reported beside a text that cannot be read. */
  readonly sure?: boolean | undefined;
  /** The section, a key of schema files, that would declare what is missing; default: it may be any. */
  readonly declaredIn?: string | undefined;
}

/** What may be wrong only because a text beside it could not be read: something is missing. */
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
  /** The line it stands in; absent when its text is not known. */
  readonly source?: string;
}

/** Collects every problem of a run. */
export class Problems {
  readonly #list: Problem[] = [];
  readonly #texts = new Map<string, string>();
  /** Sections of which a part could not be read; "" stands for all. */
  readonly #unread = new Set<string>();

  add(place: Place, parts: ProblemParts): void {
    const { sentence, sure, declaredIn, ...said } = parts;
    const { path, expected, got, hint } = said;
    if (sure !== true && mayComeFromAbsence(parts) && this.#mayBeUnread(declaredIn)) return;
    const subject = path === "" ? "" : `${path}: `;
    const text = sentence ?? `expected ${expected}, got ${got}`;
    const message = `${subject}${text}${hint === undefined ? "" : `; ${hint}`}`;
    const { file, line, column } = place;
    // Names and values are the schema's: none may move the cursor or reorder what a reader sees.
    this.#list.push({ ...said, file, line, column, message: escapeInvisible(message) });
  }

  /**
   * A part of the schema could not be read: of that section or, without one, of any. It may declare what the rest names:
   * from now on only what is wrong in itself is added.
   */
  markIncomplete(section = ""): void {
    this.#unread.add(section);
  }

  #mayBeUnread(section: string | undefined): boolean {
    return section === undefined ? this.#unread.size > 0 : this.#unread.has("") || this.#unread.has(section);
  }

  /** Makes the text of a file known, so that its problems come with the lines they stand in. */
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

  /** By place, then message; a problem that two ways led to is listed once. */
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
