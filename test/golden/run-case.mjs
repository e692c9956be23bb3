import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { codegen, formatProblem } from "#codegen/index.js";

export const golden = path.dirname(fileURLToPath(import.meta.url));

/** Folders with a schema/ in them. */
export async function cases() {
  const entries = await readdir(golden, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** What codegen makes of a case: its problems as text, or its tree. */
export async function runCase(name) {
  const temporary = await mkdtemp(path.join(os.tmpdir(), "taskwire-golden-"));
  try {
    const cwd = path.join(golden, name);
    const result = await codegen({ schema: "schema", out: temporary, check: false, importExtension: ".js", cwd });
    if (result.kind === "problems") return { stderr: result.problems.map((problem) => `${formatProblem(problem)}\n`).join("") };
    return { tree: await readTree(temporary) };
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** Path to text of every file below a folder, sorted; empty when there is no such folder. */
export async function readTree(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const texts = files.sort().map(async (file) => [path.relative(folder, file).split(path.sep).join("/"), await readFile(file, "utf8")]);
  return Object.fromEntries(await Promise.all(texts));
}

/** What the case says should come out. */
export async function readExpected(name) {
  const folder = path.join(golden, name);
  const tree = await readTree(path.join(folder, "expected"));
  if (Object.keys(tree).length > 0) return { tree };
  return { stderr: await readFile(path.join(folder, "stderr.txt"), "utf8") };
}
