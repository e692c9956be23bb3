import path from "node:path";
import { generate } from "./generate.js";
import { type Problem, Problems } from "./problem.js";
import { readFolder } from "./read/folder.js";
import { resolve } from "./resolve/index.js";
import { type Difference, differences } from "./write/check.js";
import { readExisting } from "./write/existing.js";
import { importExtensionFor } from "./write/import-extension.js";
import { foreignFiles, write } from "./write/write.js";

export interface CodegenOptions {
  /** Folder of YAML files. */
  readonly schema: string;
  /** Folder of generated files. */
  readonly out: string;
  /** Compare instead of write. */
  readonly check: boolean;
  /** Default: by the tsconfig at or above `out`. */
  readonly importExtension?: ".js" | ".ts";
  /** What relative folders are relative to, and files in problems; default the working directory. */
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
    }
  | { readonly kind: "checked"; readonly differences: Difference[] };

/** read -> resolve -> plan -> render -> write. Nothing is written unless every stage passed. */
export async function codegen(options: CodegenOptions): Promise<CodegenResult> {
  const cwd = path.resolve(options.cwd ?? ".");
  const schema = path.resolve(cwd, options.schema);
  const out = path.resolve(cwd, options.out);
  const problems = new Problems();
  const files = await readFolder(schema, cwd, problems);
  // A file that cannot be read may declare what the others name: they are checked when it can be.
  if (!problems.empty) return { kind: "problems", problems: [...problems.sorted()] };
  const { model, sources } = resolve(files, options.schema, problems);
  if (!problems.empty) return { kind: "problems", problems: [...problems.sorted()] };

  const texts = generate(model, {
    importExtension: options.importExtension ?? importExtensionFor(out),
    sources,
    source: `${path.basename(schema)}/`,
  });
  const existing = await readExisting(out);
  if (options.check) return { kind: "checked", differences: differences(texts, existing) };
  for (const name of foreignFiles(texts, existing)) {
    const file = path.relative(cwd, path.join(out, name)).split(path.sep).join("/");
    const wayOut = "move it away or choose another folder with --out DIR";
    const expected = "a file that codegen wrote";
    problems.add(
      { file, line: 1, column: 1 },
      { code: "output", path: "", expected, got: "one without its header", wayOut },
    );
  }
  if (!problems.empty) return { kind: "problems", problems: [...problems.sorted()] };
  const { changed, removed } = await write(out, texts, existing);
  const tasks = model.namespaces.reduce((sum, namespace) => sum + namespace.tasks.length, 0);
  return { kind: "written", files: texts.size, tasks, changed, removed };
}
