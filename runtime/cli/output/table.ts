import { cut } from "../../base/text.js";

/** Aligned columns; numbers are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return aligned([head, ...rows], widthsOf([head, ...rows]));
}

const GAP = "  ";
/** A name is not shortened below this many characters. */
const SHORTEST_NAME = 8;
/** Free text is not cut below this many characters for the sake of names. */
const SHORTEST_TEXT = 16;

interface FitOptions {
  readonly names: number;
  readonly kept?: number;
  readonly width: number;
  readonly text?: boolean;
}

/**
 * The same within `width` characters. The first `names` columns are names: the longest are shortened in the middle. Of the
 * others, those whose cells are all empty or 0 are left out, but for the first `kept` ones (default: the names). With `text`
 * the last column is free text, whose end is cut before a name is shortened.
 */
export function fittedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { names, kept = names, width, text = false }: FitOptions,
): string[] {
  const told = head.map(
    (_, column) => column < kept || rows.some((row) => (row[column] ?? "0") !== "0" && row[column] !== ""),
  );
  const all = [head, ...rows].map((row) => row.filter((_, column) => told[column]));
  const widths = widthsOf(all);
  const total = () => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  const last = widths.length - 1;
  const free = text && told.at(-1) === true;
  if (free)
    widths[last] = Math.min(widths[last] ?? 0, Math.max(SHORTEST_TEXT, (widths[last] ?? 0) - (total() - width)));
  while (total() > width) {
    const longest = Math.max(...widths.slice(0, names));
    if (longest <= SHORTEST_NAME) break;
    widths[widths.indexOf(longest)] = longest - 1;
  }
  const short = all.map((row) =>
    row.map((cell, column) => {
      const most = widths[column] ?? 0;
      if (column < names) return shortened(cell, most);
      return free && column === last && cell.length > most ? cut(cell, most - 1) : cell;
    }),
  );
  return aligned(short, widths).map((line) => shortened(line, width));
}

/** A text of at most `length` characters: a longer one loses its middle. Exported for tests. */
export function shortened(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return [...characters.slice(0, length - 1 - end), "…", ...characters.slice(characters.length - end)].join("");
}

/** A line as lines of at most `width` characters, broken at blanks, all but the first indented. */
export function wrapped(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = indent;
  for (const word of line
    .trim()
    .split(" ")
    .map((each) => shortened(each, width - indent.length - GAP.length))) {
    const glue = current.trim() === "" ? "" : " ";
    if (glue !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${indent}${GAP}${word}`;
    } else current += glue + word;
  }
  return [...lines, current];
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}

function aligned(rows: readonly (readonly string[])[], widths: readonly number[]): string[] {
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^[\d.,]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}
