import path from "node:path";
import type { Model } from "taskwire/model";
import { generate } from "./generate.js";
import { MODEL_FILE } from "./model-file.js";
import { type Problem, Problems } from "./problem/problem.js";
import { readFolder } from "./read/folder.js";
import { checkSyntax } from "./render/index.js";
import { resolve } from "./resolve/index.js";
import { RunCache } from "./run-cache.js";
import { validate } from "./validate/sections.js";
import type { Difference } from "./write/check.js";
import { readExisting } from "./write/existing.js";
import { type ImportExtension, importRuleFor } from "./write/import-extension.js";
import { foreignFiles, write } from "./write/write.js";

export interface CodegenOptions {
  /** Folder of YAML files. */
  readonly schema: string;
  /** Folder of generated files. */
  readonly out: string;
  /** Compare instead of write. */
  readonly check: boolean;
  /** Default: by the tsconfig at or above `out`. */
  readonly importExtension?: ImportExtension;
  /** Folders and files in problems are relative to it; default the working directory. */
  readonly cwd?: string;
}

export type CodegenResult =
  | { readonly kind: "problems"; readonly problems: Problem[] }
  | {
      readonly kind: "written";
      readonly files: number;
      readonly tasks: number;
      readonly changed: string[];
      readonly removed: string[];
      /** Settings of the project that keep the generated code from compiling. */
      readonly warnings: readonly string[];
      /** Before this run the files did not match the hash in taskwire.json: a run was interrupted, or a file was edited. */
      readonly torn: boolean;
    }
  | {
      readonly kind: "checked";
      readonly files: number;
      readonly differences: Difference[];
      readonly torn: boolean;
    };

/** A schema's model and generated files, or its problems. */
type Emitted =
  | { readonly kind: "problems"; readonly problems: Problem[] }
  | { readonly kind: "texts"; readonly model: Model; readonly texts: ReadonlyMap<string, string> };

/** read -> validate -> resolve -> plan -> render; writes nothing. */
export async function emit(options: Omit<CodegenOptions, "check">, cache: RunCache = new RunCache()): Promise<Emitted> {
  const cwd = path.resolve(options.cwd ?? ".");
  const schema = path.resolve(cwd, options.schema);
  const problems = new Problems();
  const files = await readFolder(schema, cwd, problems, cache.parse);
  if (files.length === 0) return { kind: "problems", problems: [...problems.sorted()] };
  const { model, sources } = resolve(validate(files, options.schema, problems), problems);
  if (!problems.empty) return { kind: "problems", problems: [...problems.sorted()] };
  const importExtension = options.importExtension ?? importRuleFor(path.resolve(cwd, options.out)).extension;
  const texts = generate(model, { importExtension, sources, source: `${path.basename(schema)}/` }, cache);
  return { kind: "texts", model, texts };
}

/**
 * read -> validate -> resolve -> plan -> render -> write. Nothing is written unless every stage passes, and unchanged files
 * are not written: their text is compared with the file on disk, so that nothing else has to be remembered. What is written
 * is parsed before; a run that writes nothing loads no TypeScript. Throws OutputError when the output folder cannot be
 * written. `cache`: results of earlier runs.
 */
export async function codegen(options: CodegenOptions, cache?: RunCache): Promise<CodegenResult> {
  const emitted = await emit(options, cache);
  if (emitted.kind === "problems") return emitted;
  const { model, texts } = emitted;
  const cwd = path.resolve(options.cwd ?? ".");
  const out = path.resolve(cwd, options.out);
  const existing = await readExisting(out);
  const { torn } = existing;
  if (options.check) {
    const { differences } = await import("./write/check.js");
    return { kind: "checked", files: texts.size, differences: differences(texts, existing), torn };
  }
  const problems = new Problems();
  for (const { name, what } of foreignFiles(texts, existing)) {
    const file = path.relative(cwd, path.join(out, name)).split(path.sep).join("/");
    const hint = "move it away or choose another folder with --out DIR";
    const expected = "a file that codegen wrote";
    problems.add({ file, line: 1, column: 1 }, { code: "output", path: "", expected, got: what, hint });
  }
  if (!problems.empty) return { kind: "problems", problems: [...problems.sorted()] };
  const sources = new Map([...texts].filter(([name]) => name !== MODEL_FILE));
  checkSyntax(new Map([...sources].filter(([name, text]) => text !== existing.texts.get(name))), sources);
  const { changed, removed } = await write(out, texts, existing);
  const tasks = model.namespaces.reduce((sum, namespace) => sum + namespace.tasks.length, 0);
  const { warning } = importRuleFor(out);
  const warnings = warning === undefined ? [] : [warning.replace(`${cwd}${path.sep}`, "")];
  return { kind: "written", files: texts.size, tasks, changed, removed, warnings, torn };
}
