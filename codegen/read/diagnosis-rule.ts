import type { Line, Lines } from "./lines.js";
import type { Edit } from "./repaired-text.js";

/** Why the parser rejects a text, in words of our own: the parser's are about nodes, indicators and collections. */
export interface Diagnosis {
  readonly at: number;
  readonly sentence: string;
  /** What to do. */
  readonly hint: string;
  /** Changes with which reading continues. Without them the line and the lines indented below it are skipped. */
  readonly edits?: readonly Edit[];
  /** The edits keep everything that was meant; otherwise something may be missing. */
  readonly whole?: boolean;
}

export type Rule = (found: Found) => Diagnosis | undefined;

/** The place of an error. */
export interface Found {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly text: string;
  readonly lines: Lines;
  readonly index: number;
  readonly line: Line;
  /** The error's offset in its line. */
  readonly column: number;
}
