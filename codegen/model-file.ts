import { createHash } from "node:crypto";

/** The generated file from which processes read the model. */
export const MODEL_FILE = "taskwire.json";

/** The model's hash: over the path and text of every generated file but the model file, which holds it; in order of the paths. */
export function hashOf(texts: readonly (readonly [path: string, text: string])[]): string {
  const hash = createHash("sha256");
  for (const [path, text] of texts) hash.update(`${path}\0${text}\0`);
  return hash.digest("hex");
}
