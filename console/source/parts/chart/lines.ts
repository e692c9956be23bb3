/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** A tone of the style sheet: `--tone-<tone>`. */
  readonly tone: string;
  /** Pixels drawn and left out; empty: a full line. No two lines of a chart have the same, so that colour is not alone. */
  readonly dash: readonly number[];
  /** null: not known, a gap. */
  readonly values: readonly (number | null)[];
}

/** Lines in a row are told apart by these. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [12, 4],
  [1, 4],
  [4, 6],
  [10, 2, 2, 2, 2, 2],
];
