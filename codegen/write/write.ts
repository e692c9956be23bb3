import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { MODEL_FILE } from "../model-file.js";
import type { Existing } from "./existing.js";
import { OutputError } from "./output-error.js";
import { temporaryName } from "./temporary.js";

interface Written {
  readonly changed: string[];
  readonly removed: string[];
}

interface Foreign {
  readonly name: string;
  /** For a message. */
  readonly what: "a folder" | "a link or special file" | "one without its header" | "JSON without the keys of a model";
}

/** Files at planned paths that are not ours; an empty file is a torn write. */
export function foreignFiles(files: ReadonlyMap<string, string>, existing: Existing): readonly Foreign[] {
  return [...files.keys()].flatMap((name): readonly Foreign[] => {
    if (existing.folders.has(name)) return [{ name, what: "a folder" }];
    if (existing.special.has(name)) return [{ name, what: "a link or special file" }];
    const text = existing.texts.get(name);
    const foreign = text !== undefined && text.replaceAll("\0", "").trim() !== "" && !existing.ours.has(name);
    if (!foreign) return [];
    return [{ name, what: name === MODEL_FILE ? "JSON without the keys of a model" : "one without its header" }];
  });
}

/** Our files that are no longer generated. */
export function staleFiles(files: ReadonlyMap<string, string>, existing: Existing): readonly string[] {
  return [...existing.ours].filter((name) => !files.has(name));
}

/**
 * Writes what changed, each file whole or not at all: every text to a temporary file first, so that a full disk replaces
 * nothing; then renames and deletions; taskwire.json last, so that its hash reveals an interrupted run. Throws OutputError.
 */
export async function write(out: string, files: ReadonlyMap<string, string>, existing: Existing): Promise<Written> {
  const changed = [...files].filter(([name, text]) => text !== existing.texts.get(name));
  const ordered = [
    ...changed.filter(([name]) => name !== MODEL_FILE),
    ...changed.filter(([name]) => name === MODEL_FILE),
  ];
  const removed = [...staleFiles(files, existing)];
  const temporary = new Set<string>();
  let at = out;
  try {
    for (const [name, text] of ordered) {
      at = path.join(out, name);
      await mkdir(path.dirname(at), { recursive: true });
      temporary.add(temporaryName(at));
      await writeFile(temporaryName(at), text);
    }
    for (const [name] of ordered) {
      at = path.join(out, name);
      if (name === MODEL_FILE) await remove(out, removed);
      await rename(temporaryName(at), at);
      temporary.delete(temporaryName(at));
    }
    // Nothing but a stray file of ours: the hash, and so taskwire.json, stays.
    if (!ordered.some(([name]) => name === MODEL_FILE)) await remove(out, removed);
    await remove(out, existing.leftovers);
  } catch (error) {
    // Cleaning up may fail as well; the first error is the one to report.
    for (const file of temporary) await rm(file, { force: true }).catch(() => {});
    throw new OutputError(path.relative(process.cwd(), at) || ".", error);
  }
  return { changed: changed.map(([name]) => name), removed };
}

async function remove(out: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(path.join(out, name), { force: true });
}
