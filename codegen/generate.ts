import { createHash } from "node:crypto";
import type { Model } from "taskwire/model";
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

/** The file that holds the model for processes. */
export const MODEL_FILE = "taskwire.json";

/** What may remember an earlier run. */
export interface GenerateSteps {
  readonly plan: (model: Model, options: PlanOptions) => readonly FilePlan[];
  /** Path to text. */
  readonly print: (files: readonly FilePlan[]) => ReadonlyMap<string, string>;
}

/** Path to text, sorted by path. Pure: the same model gives the same bytes. */
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

/** Over all generated text but taskwire.json, which holds it; in order of the paths. */
export function hashOf(texts: readonly (readonly [path: string, text: string])[]): string {
  const hash = createHash("sha256");
  for (const [path, text] of texts) hash.update(`${path}\0${text}\0`);
  return hash.digest("hex");
}
