/** Where something stands in a schema file. */
export interface Place {
  /** Relative to the working directory, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export interface Problem extends Place {
  readonly message: string;
  /** Stable, for tools. */
  readonly code: ProblemCode;
}

export type ProblemCode =
  | "yaml"
  | "file"
  | "unknown_key"
  | "missing_key"
  | "wrong_type"
  | "bad_name"
  | "unknown_name"
  | "duplicate"
  | "rule"
  | "bad_schedule"
  | "bad_former_name"
  | "output";

/** The one grammar of messages: key path, what was expected, what was found, the way out. */
export interface Complaint {
  readonly code: ProblemCode;
  /** Key path, "" for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  readonly wayOut?: string | undefined;
}

/** Collects every problem of a run. */
export class Problems {
  readonly #list: Problem[] = [];

  add(place: Place, complaint: Complaint): void {
    const { code, path, expected, got, wayOut } = complaint;
    const subject = path === "" ? "" : `${path}: `;
    const message = `${subject}expected ${expected}, got ${got}${wayOut === undefined ? "" : `; ${wayOut}`}`;
    this.#list.push({ file: place.file, line: place.line, column: place.column, message, code });
  }

  get empty(): boolean {
    return this.#list.length === 0;
  }

  /** By place, then message; a problem that two ways led to is listed once. */
  sorted(): readonly Problem[] {
    const byText = new Map(this.#list.map((problem) => [formatProblem(problem), problem]));
    return [...byText.values()].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
    );
  }
}

/** `file:line:col: message`. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** `file:line:col`. */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** Order by UTF-16 units, the same on every machine. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
