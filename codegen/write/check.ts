import { createTwoFilesPatch } from "diff";
import { compare } from "../problem/problem.js";
import type { Existing } from "./existing.js";
import { staleFiles } from "./write.js";

export interface Difference {
  readonly path: string;
  readonly kind: "missing" | "changed" | "stale";
  /** Unified, from the file on disk to the generated one. */
  readonly diff: string;
}

/** Above this number of differing lines no shortest diff is computed: it would take seconds. */
const LONGEST_EDIT = 4000;

/** Missing, changed and stale files, in order of their paths. */
export function differences(files: ReadonlyMap<string, string>, existing: Existing): Difference[] {
  const planned = [...files].filter(([name, text]) => existing.texts.get(name) !== text);
  const stale = staleFiles(files, existing).map((name) => [name, undefined] as const);
  return [...planned, ...stale]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, text]) => {
      const before = existing.texts.get(name);
      const kind = before === undefined ? "missing" : text === undefined ? "stale" : "changed";
      return { path: name, kind, diff: unified(name, before, text) };
    });
}

function unified(name: string, before: string | undefined, after: string | undefined): string {
  const from = before === undefined ? "/dev/null" : `on disk/${name}`;
  const to = after === undefined ? "/dev/null" : `generated/${name}`;
  const both = before !== undefined && after !== undefined;
  const options = { context: 3, ...(both ? { maxEditLength: LONGEST_EDIT } : {}) };
  const found = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, options);
  return found ?? `--- ${from}\n+++ ${to}\n@@ more than ${LONGEST_EDIT} lines differ @@\n`;
}
