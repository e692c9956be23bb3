/** Where a command writes. */
export interface CommandIo {
  /** Working directory: folders and files are resolved, and shown, relative to it. */
  readonly cwd: string;
  /** To standard output and standard error; lines end with "\n". */
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output takes colours. */
  readonly colours: boolean;
  /** Present if standard error is a terminal: problems are shown with their line. */
  readonly frames?: { readonly color: boolean };
}

/** "1 file", "2 files". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
