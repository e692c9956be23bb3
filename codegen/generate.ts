import type { Model } from "taskwire/model";
import { hashOf, MODEL_FILE } from "./model-file.js";
import { type FilePlan, type PlanOptions, plan } from "./plan/index.js";
import { compare } from "./problem/problem.js";
import { assemble } from "./render/index.js";

export interface GenerateOptions {
  /** Of specifiers between generated files; default ".js". */
  readonly importExtension?: ".js" | ".ts";
  /** Schema file of each namespace, type and environment by its path, such as `namespaces.issues`: for headers and `@see`. */
  readonly sources?: ReadonlyMap<string, string>;
  /** The schema folder, for headers; default "the schema". */
  readonly source?: string;
}

/** The two costly steps; a cache keeps their results from run to run. */
export interface GenerateSteps {
  readonly plan: (model: Model, options: PlanOptions) => readonly FilePlan[];
  /** Text by path. */
  readonly print: (files: readonly FilePlan[]) => ReadonlyMap<string, string>;
}

/** Text by path, sorted by path. Pure: the same model gives the same bytes. */
export function generate(
  model: Model,
  options: GenerateOptions = {},
  steps: GenerateSteps = { plan, print: assemble },
): ReadonlyMap<string, string> {
  const { importExtension = ".js", sources = new Map(), source = "the schema" } = options;
  const files = steps.plan(model, { importExtension, sources, source });
  const texts = [...steps.print(files)].sort(([a], [b]) => compare(a, b));
  const json = `${JSON.stringify({ ...model, hash: hashOf(texts) }, null, 2)}\n`;
  return new Map([...texts, [MODEL_FILE, json] as const].sort(([a], [b]) => compare(a, b)));
}
