import { type DefaultsSpec, type Entry, SCHEMA_FILE, type SchemaSpec } from "../language/index.js";
import { formatPlace, type Place, type Problems } from "../problem/problem.js";
import type { Node, SchemaFile } from "../read/node.js";

type Declared<K extends keyof SchemaSpec> = SchemaSpec[K] extends Entry<readonly (infer E)[]> | undefined ? E : never;

/** The declarations of all files together, each name once. */
export interface Sections {
  readonly application: Entry<string> | undefined;
  readonly defaults: Entry<DefaultsSpec> | undefined;
  readonly types: ReadonlyMap<string, Declared<"types">>;
  readonly retryPolicies: ReadonlyMap<string, Declared<"retry_policies">>;
  readonly namespaces: ReadonlyMap<string, Declared<"namespaces">>;
  readonly environments: ReadonlyMap<string, Declared<"environments">>;
  /** Names in a file, including those whose declaration was rejected: a reference to one is not a second problem. */
  readonly typeNames: ReadonlySet<string>;
  readonly policyNames: ReadonlySet<string>;
  readonly environmentNames: ReadonlySet<string>;
  /** File of each namespace, type and environment by its path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Validates every file against the language and joins their declarations. `schema`: the folder, for problems of no file. */
export function validate(files: readonly SchemaFile[], schema: string, problems: Problems): Sections {
  const valid = files.flatMap((file) => {
    const spec = SCHEMA_FILE.validate(file.root, "", problems);
    return spec === undefined ? [] : [{ file, spec }];
  });
  const specs = valid.map(({ spec }) => spec);
  const sources = new Map<string, string>();
  for (const { file, spec } of valid) {
    for (const declared of [spec.namespaces, spec.types, spec.environments])
      for (const { path } of declared?.value ?? []) sources.set(path, file.source);
  }
  return {
    application: application(specs, files, { file: files[0]?.file ?? schema, line: 1, column: 1 }, problems),
    defaults: once(
      specs.flatMap(({ defaults }) => defaults ?? []),
      problems,
    ),
    types: joined(
      specs.flatMap((spec) => spec.types?.value ?? []),
      problems,
    ),
    retryPolicies: joined(
      specs.flatMap((spec) => spec.retry_policies?.value ?? []),
      problems,
    ),
    namespaces: joined(
      specs.flatMap((spec) => spec.namespaces?.value ?? []),
      problems,
    ),
    environments: joined(
      specs.flatMap((spec) => spec.environments?.value ?? []),
      problems,
    ),
    typeNames: keysBelow(files, "types"),
    policyNames: keysBelow(files, "retry_policies"),
    environmentNames: keysBelow(files, "environments"),
    sources,
  };
}

function application(
  specs: readonly SchemaSpec[],
  files: readonly SchemaFile[],
  start: Place,
  problems: Problems,
): Entry<string> | undefined {
  const declared = specs.flatMap((spec) => (spec.application === undefined ? [] : [spec.application]));
  const first = once(declared, problems);
  if (first === undefined && !files.some((file) => valueBelow(file, "application") !== undefined)) {
    const sentence = "application is missing: no file of the schema names it";
    const hint = "add application: NAME to one file";
    problems.add(start, {
      code: "missing_application",
      path: "application",
      expected: "application in one file",
      got: "nothing",
      sentence,
      hint,
    });
  }
  return first;
}

/** A key that only one file may have. */
function once<T>([first, ...others]: readonly Entry<T>[], problems: Problems): Entry<T> | undefined {
  for (const other of others) duplicate(other, first, problems);
  return first;
}

function joined<T>(entries: readonly Entry<T>[], problems: Problems): ReadonlyMap<string, Entry<T>> {
  const byName = new Map<string, Entry<T>>();
  for (const entry of entries) {
    const first = byName.get(entry.key);
    if (first === undefined) byName.set(entry.key, entry);
    else duplicate(entry, first, problems);
  }
  return byName;
}

function duplicate(entry: Entry<unknown>, first: Entry<unknown> | undefined, problems: Problems): void {
  if (first === undefined) return;
  const hint = `the first is at ${formatPlace(first.keyPlace)}`;
  problems.add(entry.keyPlace, {
    code: "duplicate",
    path: entry.path,
    expected: `${entry.key} once in a schema`,
    got: "another declaration",
    sentence: `${entry.key} is declared twice`,
    hint: `${hint}; rename or remove one`,
  });
}

function keysBelow(files: readonly SchemaFile[], section: string): ReadonlySet<string> {
  const sections = files.flatMap((file) => valueBelow(file, section) ?? []);
  return new Set(sections.flatMap((node) => (node.kind === "mapping" ? node.entries.map(({ key }) => key) : [])));
}

function valueBelow({ root }: SchemaFile, key: string): Node | undefined {
  return root.kind === "mapping" ? root.entries.find((entry) => entry.key === key)?.value : undefined;
}
