export interface PlanOptions {
  readonly importExtension: ".js" | ".ts";
  /** File of each namespace, type and environment by its path in the schema (`namespaces.issues`), for headers and `@see`. */
  readonly sources: ReadonlyMap<string, string>;
  /** What the files of the whole schema come from, for headers. */
  readonly source: string;
}

/** Where a declaration is, for `@see`: file and key. A line number would change with every edit above it. */
export function seen(path: string, below: string, { sources }: PlanOptions): string | undefined {
  const file = sources.get(path);
  return file === undefined ? undefined : `${file}, ${path}${below}`;
}
