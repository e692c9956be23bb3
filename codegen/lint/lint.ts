import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Model, milliseconds, TaskwireError } from "taskwire/model";
import { compare, type Problem, Problems } from "../problem/problem.js";
import { didYouMean } from "../problem/suggest.js";
import { readFolder } from "../read/folder.js";
import type { SchemaFile } from "../read/node.js";
import { resolve } from "../resolve/index.js";
import { validate } from "../validate/sections.js";
import { ERROR_RULES } from "./error-rules.js";
import { Ignores } from "./ignores.js";
import { INHERITANCE_RULES } from "./inheritance-rules.js";
import type { LintedPolicy, LintInput, Rule, Warning } from "./rule.js";
import { TEXT_RULES } from "./text-rules.js";
import { TIME_RULES } from "./time-rules.js";
import { type Declared, declared, declaredIn, entryOf, sectionOf, valueAt } from "./tree.js";
import { UNUSED_RULES } from "./unused-rules.js";

export const RULES: readonly Rule[] = [
  ...TEXT_RULES,
  ...TIME_RULES,
  ...INHERITANCE_RULES,
  ...ERROR_RULES,
  ...UNUSED_RULES,
];

/** Throws TaskwireError `unknown_rule` for an unknown code. */
export function checkRules(codes: readonly string[]): void {
  const known = RULES.map(({ code }) => code);
  const unknown = codes.find((code) => !known.includes(code));
  if (unknown === undefined) return;
  throw new TaskwireError(
    "unknown_rule",
    `--rule: unknown rule "${unknown}"; ${didYouMean(unknown, known, "known rules")}`,
  );
}

export interface LintOptions {
  /** Folder of YAML files. */
  readonly schema: string;
  /** Also apply rules that are a matter of taste; default false. */
  readonly strict?: boolean;
  /** Codes of rules to apply although they are a matter of taste. */
  readonly rules?: readonly string[];
  /** What a relative folder is relative to, and files in warnings; default the working directory. */
  readonly cwd?: string;
}

type LintResult =
  | { readonly kind: "problems"; readonly problems: Problem[] }
  | {
      readonly kind: "linted";
      readonly warnings: readonly Warning[];
      /** Number of warnings that a comment ignores. */
      readonly ignored: number;
    };

/** Warnings by place: what is valid but probably a mistake. A schema with problems is not linted. */
export async function lint(options: LintOptions): Promise<LintResult> {
  const cwd = path.resolve(options.cwd ?? ".");
  const problems = new Problems();
  const files = await readFolder(path.resolve(cwd, options.schema), cwd, problems);
  const model = files.length === 0 ? undefined : resolve(validate(files, options.schema, problems), problems).model;
  if (model === undefined || !problems.empty) return { kind: "problems", problems: [...problems.sorted()] };
  const lines = new Map<string, readonly string[]>();
  for (const { file } of files) {
    const text = new TextDecoder().decode(await readFile(path.resolve(cwd, file)));
    lines.set(file, text.split(/\r?\n/));
  }
  return judge(inputOf(files, lines, model), options);
}

function judge(input: LintInput, { strict = false, rules = [] }: LintOptions): LintResult {
  const codes = RULES.map(({ code }) => code);
  const ignores = new Ignores(input.lines, codes);
  const applied = RULES.filter(({ code, strictOnly }) => strictOnly !== true || strict || rules.includes(code));
  const found = applied.flatMap(({ code, find }) =>
    find(input).map(({ place, path, text }): Warning => ({ ...place, code, message: `${path}: ${text}` })),
  );
  const kept = found.filter((warning) => !ignores.covers(warning));
  const warnings = [...kept, ...ignores.unknown].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  );
  // Several tasks may inherit a value that is written in one place.
  const seen = new Set<string>();
  const once = warnings.filter(({ file, line, column, message }) => {
    const key = `${file}:${line}:${column}:${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return { kind: "linted", warnings: once, ignored: found.length - kept.length };
}

function inputOf(files: readonly SchemaFile[], lines: LintInput["lines"], model: Model): LintInput {
  const defaults = sectionOf(files, "defaults");
  const namespaces = declared(files, "namespaces").flatMap((one) => {
    const found = model.namespaces.find(({ name }) => name === one.name);
    if (found === undefined) return [];
    return [{ ...one, model: found, defaults: found.external === undefined ? defaults : undefined }];
  });
  const tasks = namespaces.flatMap((namespace) =>
    declaredIn(valueAt(namespace.node, "tasks"), `${namespace.path}.tasks`).flatMap((one) => {
      const found = namespace.model.tasks.find(({ key }) => key === one.name);
      return found === undefined ? [] : [{ ...one, namespace, model: found }];
    }),
  );
  const named = declared(files, "retry_policies");
  const inPlace = [...(defaults === undefined ? [] : [defaults]), ...namespaces, ...tasks].flatMap(
    ({ node, path, name }) => {
      const entry = entryOf(node, "retry");
      if (entry?.value.kind !== "mapping") return [];
      return [{ name, node: entry.value, place: entry.keyPlace, path: `${path}.retry` }];
    },
  );
  const policies = [...named, ...inPlace].map(policyOf);
  return { files, lines, model, defaults, namespaces, tasks, policies };
}

/** A policy that the resolver accepted, with defaults for missing keys. */
function policyOf(policy: Declared): LintedPolicy {
  const given = (key: string) => {
    const node = valueAt(policy.node, key);
    return node?.kind === "scalar" ? String(node.value ?? 0) : "0";
  };
  return {
    ...policy,
    times: Number(given("times")),
    delay: milliseconds(given("delay")),
    jitter: Number(given("jitter")),
  };
}
