import path from "node:path";
import { type Problem, Problems } from "../problem/problem.js";
import { readFolder } from "../read/folder.js";
import { resolve } from "../resolve/index.js";
import { validate } from "../validate/sections.js";
import { readBaseline } from "./baseline/baseline.js";
import { compareModels } from "./compare/compare.js";
import { type Finding, findingsOf } from "./finding.js";
import { Places } from "./places.js";

export interface BreakingOptions {
  /** Folder of YAML files: the new side. */
  readonly schema: string;
  /** Folder of generated files: where a commit has its model. */
  readonly out: string;
  /** The old side: a taskwire.json, a folder with one or with YAML files, or a commit. */
  readonly against: string;
  /** What relative folders are relative to, and files in findings; default the working directory. */
  readonly cwd?: string;
}

export type BreakingResult =
  /** The new schema cannot be compared. */
  | { readonly kind: "problems"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "compared";
      /** What the old model was read from. */
      readonly against: string;
      /** The gravest first, then by place. */
      readonly findings: readonly Finding[];
    };

/** Compares the schema of the work tree with an older one. Writes nothing. Throws BaselineError. */
export async function breaking(options: BreakingOptions): Promise<BreakingResult> {
  const cwd = path.resolve(options.cwd ?? ".");
  const schema = path.resolve(cwd, options.schema);
  const problems = new Problems();
  const files = await readFolder(schema, cwd, problems);
  if (files.length === 0) return { kind: "problems", problems: problems.sorted() };
  const { model } = resolve(validate(files, options.schema, problems), problems);
  if (!problems.empty) return { kind: "problems", problems: problems.sorted() };
  const query = { against: options.against, cwd, schema, out: path.resolve(cwd, options.out) };
  const baseline = await readBaseline(query);
  const places = new Places(files, options.schema);
  const findings = findingsOf(compareModels(baseline.model, model), places);
  return { kind: "compared", against: baseline.source, findings };
}
