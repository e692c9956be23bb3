import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { compare, type ProblemParts, type Problems } from "../problem/problem.js";
import type { SchemaFile } from "./node.js";
import { readYaml } from "./yaml.js";

/** Largest schema file, in bytes. */
const LARGEST = 1024 * 1024;

/**
 * Whether a path below the schema folder is read: *.yaml and *.yml. Names of files and folders that begin with a dot belong
 * to editors and systems: `._a.yaml` of macOS, `.#a.yaml` of Emacs, `..data` of a mounted ConfigMap.
 */
export function isSchemaFile(name: string): boolean {
  return /\.ya?ml$/i.test(name) && !/(?:^|[\\/])\.(?!\.?(?:[\\/]|$))/.test(name);
}

/** Reads every *.yaml and *.yml of a folder and its subfolders, in order of their paths. `parse`: for example that of a cache. */
export async function readFolder(
  folder: string,
  cwd: string,
  problems: Problems,
  parse: typeof readYaml = readYaml,
): Promise<readonly SchemaFile[]> {
  const shown = slashes(path.relative(cwd, folder)) || ".";
  const start = { file: shown, line: 1, column: 1 };
  const hint = "name the schema's folder with --schema DIR";
  const info = infoOf(folder);
  if (typeof info === "string" || !info.isDirectory()) {
    const got = info === "gone" ? "nothing" : typeof info === "string" ? info : "a file";
    problems.add(start, { code: "file", path: "", expected: "a folder with *.yaml files", got, hint });
    return [];
  }
  const before = problems.size;
  const names = schemaNames(folder, (at, error) => {
    const file = at === "" ? shown : `${shown === "." ? "" : `${shown}/`}${at}`;
    problems.add({ file, line: 1, column: 1 }, unreadable("a folder", error));
    problems.markIncomplete();
  });
  if (names.length === 0 && problems.size === before) {
    problems.add(start, {
      code: "file",
      path: "",
      expected: "a folder with *.yaml files",
      got: "a folder without them",
      hint,
    });
  }
  const files: SchemaFile[] = [];
  for (const name of names) {
    const file = shown === "." ? name : `${shown}/${name}`;
    const text = readText(path.join(folder, name), file, problems);
    if (text !== undefined) problems.setText(file, text);
    if (text === undefined) problems.markIncomplete();
    const root = text === undefined ? undefined : parse(file, text, problems);
    if (root !== undefined) files.push({ file, source: `${path.basename(folder)}/${name}`, root });
  }
  return files;
}

/** Synchronous: many small files are read faster one after another than by threads. */
function readText(absolute: string, file: string, problems: Problems): string | undefined {
  const place = { file, line: 1, column: 1 };
  const info = infoOf(absolute);
  // An editor that saves by replacing removes the file for a moment.
  if (info === "gone") return undefined;
  if (typeof info === "string" || !info.isFile()) {
    const got = typeof info === "string" ? info : kindOf(info);
    const hint =
      typeof info === "string" && info.startsWith("the error")
        ? "give this user permission to read it"
        : "remove or rename it: every *.yaml file in the folder is a schema file";
    problems.add(place, { code: "file", path: "", expected: "a file", got, hint });
    return undefined;
  }
  if (info.size > LARGEST) {
    const got = `${info.size} bytes`;
    problems.add(place, {
      code: "file",
      path: "",
      expected: "a file of at most 1 MiB",
      got,
      hint: "split it: a folder of files is one schema",
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
  const refused = (got: string): undefined => {
    problems.add(place, { code: "file", path: "", expected: "UTF-8 text", got, hint: "save it as UTF-8" });
  };
  // Without a byte order mark UTF-16 may be valid UTF-8 in which every other character is NUL.
  const [first, second] = bytes;
  if (first === 0 || second === 0 || (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return refused("UTF-16");
  try {
    return schemaText(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refused("other bytes");
  }
}

/** A lone carriage return, as old Mac editors write it, also ends a line; the parser knows only the other line ends. */
export function schemaText(text: string): string {
  return text.replace(/\r(?!\n)/g, "\n");
}

/** "gone" when nothing is there; another string: why there is no information. */
function infoOf(absolute: string): Stats | string {
  try {
    return statSync(absolute);
  } catch (error) {
    if (isLink(absolute)) return "a broken link";
    if (isMissing(error)) return "gone";
    return `the error ${codeOf(error)}`;
  }
}

function isLink(absolute: string): boolean {
  try {
    return lstatSync(absolute).isSymbolicLink();
  } catch {
    // No permission, or it is gone: not a known link.
    return false;
  }
}

function kindOf(info: Stats): string {
  if (info.isDirectory()) return "a folder";
  if (info.isFIFO()) return "a named pipe";
  return info.isSocket() ? "a socket" : "a device";
}

/**
 * The schema files of a folder and its subfolders: paths below it, with slashes. Links to folders are followed, except back to
 * a folder that contains them. `failed` gets each folder that cannot be read, "" for the first; the others are read.
 */
export function schemaNames(folder: string, failed: (at: string, error: unknown) => void): readonly string[] {
  const names: string[] = [];
  const visit = (at: string, prefix: string, above: readonly string[]) => {
    let entries: readonly Dirent[];
    let real: string;
    try {
      real = realpathSync(at);
      if (above.includes(real)) return;
      entries = readdirSync(at, { withFileTypes: true });
    } catch (error) {
      failed(prefix.slice(0, -1), error);
      return;
    }
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      names.push(name);
      if (entry.name.startsWith(".")) continue;
      const absolute = path.join(at, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(absolute)))
        visit(absolute, `${name}/`, [...above, real]);
    }
  };
  visit(folder, "", []);
  return names.filter(isSchemaFile).sort(compare);
}

function isFolder(absolute: string): boolean {
  const info = infoOf(absolute);
  return typeof info !== "string" && info.isDirectory();
}

function unreadable(what: string, error: unknown): ProblemParts {
  const code = codeOf(error);
  const hint = "give this user permission to read it";
  return { code: "file", path: "", expected: `${what} that can be read`, got: `the error ${code}`, hint };
}

/** The code of an error of the file system, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function slashes(name: string): string {
  return name.split(path.sep).join("/");
}
