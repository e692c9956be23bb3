import { createTwoFilesPatch } from "diff";
import { compare } from "../problem.js";
import type { Existing } from "./existing.js";
import { staleFiles } from "./write.js";

export interface Difference {
  readonly path: string;
  /** Unified, from what is on disk to what would be written. */
  readonly diff: string;
}

/** Missing, changed and stale files, in order of their paths. */
export function differences(files: ReadonlyMap<string, string>, existing: Existing): Difference[] {
  const planned = [...files].filter(([name, text]) => existing.texts.get(name) !== text);
  const stale = staleFiles(files, existing).map((name) => [name, undefined] as const);
  return [...planned, ...stale]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, text]) => ({ path: name, diff: unified(name, existing.texts.get(name), text) }));
}

function unified(name: string, before: string | undefined, after: string | undefined): string {
  const from = before === undefined ? "/dev/null" : `on disk/${name}`;
  const to = after === undefined ? "/dev/null" : `generated/${name}`;
  return createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, { context: 3 });
}
