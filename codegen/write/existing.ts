import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { MODEL_FILE } from "../generate.js";
import { hasHeader } from "../header.js";
import { compare } from "../problem.js";

/** What lies in the output folder where generated files are, by path. */
export interface Existing {
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of our files: by their header, and taskwire.json. */
  readonly ours: ReadonlySet<string>;
}

/** Reads the .ts files of the output folder and of its namespaces/, and taskwire.json. Nothing below is looked at. */
export async function readExisting(out: string): Promise<Existing> {
  const texts = new Map<string, string>();
  for (const folder of ["", "namespaces/"]) {
    const entries = await readdir(path.join(out, folder), { withFileTypes: true }).catch(absent);
    for (const entry of entries ?? []) {
      const name = `${folder}${entry.name}`;
      if (!entry.isFile() || !(name.endsWith(".ts") || name === MODEL_FILE)) continue;
      texts.set(name, await readFile(path.join(out, name), "utf8"));
    }
  }
  const sorted = [...texts].sort(([a], [b]) => compare(a, b));
  return {
    texts: new Map(sorted),
    ours: new Set(sorted.filter(([name, text]) => name === MODEL_FILE || hasHeader(text)).map(([name]) => name)),
  };
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
