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

interface Gapped {
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

/** Puts a point without values where points are further apart than they should be, so that a gap is drawn as a gap. */
export function withGaps(at: readonly number[], lines: readonly Line[], step: number): Gapped {
  const times: number[] = [];
  const sources: number[] = [];
  for (const [index, time] of at.entries()) {
    const before = at[index - 1];
    if (before !== undefined && time - before > 2.5 * step) {
      times.push(before + step);
      sources.push(-1);
    }
    times.push(time);
    sources.push(index);
  }
  return {
    at: times,
    lines: lines.map((line) => ({ ...line, values: sources.map((index) => line.values[index] ?? null) })),
  };
}
