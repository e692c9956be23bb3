import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { MODEL_FILE } from "../generate.js";
import type { Existing } from "./existing.js";

export interface Written {
  readonly changed: string[];
  readonly removed: string[];
}

/** Files at planned paths that hold something that is not ours; an empty one is a torn write. */
export function foreignFiles(files: ReadonlyMap<string, string>, existing: Existing): readonly string[] {
  return [...files.keys()].filter((name) => {
    const text = existing.texts.get(name);
    return text !== undefined && text.replaceAll("\0", "").trim() !== "" && !existing.ours.has(name);
  });
}

/** Our files that are no longer generated. */
export function staleFiles(files: ReadonlyMap<string, string>, existing: Existing): readonly string[] {
  return [...existing.ours].filter((name) => !files.has(name));
}

/** Writes what changed, each file whole or not at all, and taskwire.json last. */
export async function write(out: string, files: ReadonlyMap<string, string>, existing: Existing): Promise<Written> {
  const changed = [...files.keys()].filter((name) => files.get(name) !== existing.texts.get(name));
  const ordered = [...changed.filter((name) => name !== MODEL_FILE), ...changed.filter((name) => name === MODEL_FILE)];
  const removed = [...staleFiles(files, existing)];
  const last = ordered.at(-1) === MODEL_FILE ? ordered.pop() : undefined;
  for (const name of ordered) await replace(path.join(out, name), files.get(name) ?? "");
  for (const name of removed) await rm(path.join(out, name));
  if (last !== undefined) await replace(path.join(out, last), files.get(last) ?? "");
  return { changed, removed };
}

async function replace(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
