/** What a command says and where. */
export interface CommandIo {
  /** Working directory: what folders and files are relative to, and shown relative to. */
  readonly cwd: string;
  /** To standard output and standard error; lines end with "\n". */
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output takes colours. */
  readonly colours: boolean;
  /** Standard error is a terminal: problems come with the line they stand in. */
  readonly frames?: { readonly color: boolean };
}

/** "1 file", "2 files". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
