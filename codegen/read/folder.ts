import { lstatSync, readFileSync, type Stats, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { type Complaint, compare, type Place, type Problems } from "../problem.js";
import type { SchemaFile } from "./node.js";
import { readYaml } from "./yaml.js";

/** Largest schema file, in bytes. */
const LARGEST = 1024 * 1024;

/**
 * Whether a path below the schema folder is read: *.yaml and *.yml. Names that begin with a dot, of files and folders, are
 * left to editors and systems: `._a.yaml` of macOS, `.#a.yaml` of Emacs, `..data` of a mounted ConfigMap.
 */
export function isSchemaFile(name: string): boolean {
  return /\.ya?ml$/i.test(name) && !/(?:^|[\\/])\.(?!\.?(?:[\\/]|$))/.test(name);
}

/** Reads every *.yaml and *.yml of a folder and its subfolders, in order of their paths. `parse`: a cache's, say. */
export async function readFolder(
  folder: string,
  cwd: string,
  problems: Problems,
  parse: typeof readYaml = readYaml,
): Promise<readonly SchemaFile[]> {
  const shown = slashes(path.relative(cwd, folder)) || ".";
  const start = { file: shown, line: 1, column: 1 };
  const wayOut = "name the schema's folder with --schema DIR";
  const info = await stat(folder).catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)));
  if (info === undefined || !info.isDirectory()) {
    const got = info === undefined ? "nothing there" : "a file";
    problems.add(start, { code: "file", path: "", expected: "a folder with *.yaml files", got, wayOut });
    return [];
  }
  const before = problems.size;
  const names = (await namesIn(folder, start, problems)).filter(isSchemaFile);
  if (names.length === 0 && problems.size === before) {
    problems.add(start, { code: "file", path: "", expected: "a folder with *.yaml files", got: "none in it", wayOut });
  }
  const files: SchemaFile[] = [];
  for (const name of names.sort(compare)) {
    const file = shown === "." ? name : `${shown}/${name}`;
    const text = readText(path.join(folder, name), file, problems);
    if (text !== undefined) problems.noteText(file, text);
    if (text === undefined) problems.noteIncomplete();
    const root = text === undefined ? undefined : parse(file, text, problems);
    if (root !== undefined) files.push({ file, source: `${path.basename(folder)}/${name}`, root });
  }
  return files;
}

/** Many small files: one after another is faster than a thread for each. */
function readText(absolute: string, file: string, problems: Problems): string | undefined {
  const place = { file, line: 1, column: 1 };
  const info = infoOf(absolute);
  // An editor that saves by replacing had it away for a moment.
  if (info === "gone") return undefined;
  if (typeof info === "string" || !info.isFile()) {
    const got = typeof info === "string" ? info : info.isDirectory() ? "a folder" : "something else";
    const wayOut = "remove it, or name it otherwise: every *.yaml in the folder is a schema file";
    problems.add(place, { code: "file", path: "", expected: "a file", got, wayOut });
    return undefined;
  }
  if (info.size > LARGEST) {
    const got = `${info.size} bytes`;
    problems.add(place, {
      code: "file",
      path: "",
      expected: "a file of at most 1 MiB",
      got,
      wayOut: "split it; a folder is one schema",
    });
    return undefined;
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(absolute);
  } catch (error) {
    problems.add(place, unreadable("a file", error));
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    problems.add(place, {
      code: "file",
      path: "",
      expected: "UTF-8 text",
      got: "other bytes",
      wayOut: "save it as UTF-8",
    });
    return undefined;
  }
}

/** "gone" when nothing is there; text for a link that leads nowhere. */
function infoOf(absolute: string): Stats | string {
  try {
    return statSync(absolute);
  } catch (error) {
    const isLink = lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink) return "a link that leads nowhere";
    if (isMissing(error)) return "gone";
    throw error;
  }
}

async function namesIn(folder: string, start: Place, problems: Problems): Promise<readonly string[]> {
  try {
    return (await readdir(folder, { recursive: true })).map(slashes);
  } catch (error) {
    problems.add(start, unreadable("a folder", error));
    return [];
  }
}

function unreadable(what: string, error: unknown): Complaint {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const wayOut = "let this user read it";
  return { code: "file", path: "", expected: `${what} that can be read`, got: `the error ${code}`, wayOut };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function slashes(name: string): string {
  return name.split(path.sep).join("/");
}
