import { readFileSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { compare, type Problems } from "../problem.js";
import type { SchemaFile } from "./node.js";
import { readYaml } from "./yaml.js";

/** Largest schema file, in bytes. */
const LARGEST = 1024 * 1024;

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
  const names = (await readdir(folder, { recursive: true })).map(slashes).filter((name) => /\.ya?ml$/i.test(name));
  if (names.length === 0) {
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
  const info = statSync(absolute);
  if (!info.isFile()) {
    problems.add(place, { code: "file", path: "", expected: "a file", got: "something else" });
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
  const bytes = readFileSync(absolute);
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function slashes(name: string): string {
  return name.split(path.sep).join("/");
}
