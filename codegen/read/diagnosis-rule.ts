import type { Line, Lines } from "./lines.js";
import type { Edit } from "./repaired-text.js";

/** Why the parser gave up, in our words: its own speak of nodes, indicators and collections. */
export interface Diagnosis {
  readonly at: number;
  readonly sentence: string;
  /** What to do. */
  readonly hint: string;
  /** What lets reading go on. Without one the line and what is indented below it are passed over. */
  readonly edits?: readonly Edit[];
  /** The edits leave all that was meant; otherwise something may be missing. */
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
  /** Where the error is in its line. */
  readonly column: number;
}
