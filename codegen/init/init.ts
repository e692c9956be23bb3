import { existsSync } from "node:fs";
import { lstat, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { TaskwireError } from "taskwire/model";
import { codegen } from "../codegen.js";
import { OutputError } from "../write/output-error.js";
import { temporaryName } from "../write/temporary.js";
import type { ExistingPlan } from "./existing.js";
import { PNPM_FILE, projectFiles, projectName } from "./files.js";

interface InitOptions {
  /** The project's folder; made when it is not there. */
  readonly folder: string;
  /** What a relative folder is relative to; default the working directory. */
  readonly cwd?: string;
}

interface InitResult {
  /** Of the package and the application: made of the folder's name. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Paths below it, the generated ones included. */
  readonly files: readonly string[];
}

/** A new project. Throws TaskwireError `exists` naming every file that is there already; nothing is written then. */
export async function init(options: InitOptions): Promise<InitResult> {
  const folder = path.resolve(options.cwd ?? ".", options.folder);
  const name = projectName(path.basename(folder));
  const files = new Map(projectFiles(name));
  // Other files in these two would become part of the schema or of the generated code.
  await refuseExisting(folder, [
    ...[...files.keys()].filter((file) => !file.startsWith("schema/")),
    "schema",
    "src/generated",
  ]);
  // In a pnpm workspace its own file lists the allowed builds.
  if (insidePnpm(folder)) files.delete(PNPM_FILE);
  for (const [file, text] of files) await create(path.join(folder, file), text);
  const result = await codegen({ schema: "schema", out: "src/generated", check: false, cwd: folder });
  const generated = result.kind === "written" ? result.changed.map((file) => `src/generated/${file}`) : [];
  return { name, folder, files: [...files.keys(), ...generated] };
}

/** Writes the planned files and the generated code. */
export async function writeExisting({ folder, texts, before, schema, out }: ExistingPlan): Promise<readonly string[]> {
  for (const [file, text] of texts) {
    const target = path.join(folder, file);
    if (before.has(file)) await replace(target, text);
    else await create(target, text);
  }
  const result = await codegen({ schema, out, check: false, cwd: folder });
  const generated = result.kind === "written" ? result.changed.map((file) => `${out}/${file}`) : [];
  return [...texts.keys(), ...generated];
}

async function create(target: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(target), { recursive: true });
    // Fails for a file that was created meanwhile.
    await writeFile(target, text, { flag: "wx" });
  } catch (error) {
    throw new OutputError(target, error, HINT);
  }
}

/** Whole or not at all; through links. */
async function replace(target: string, text: string): Promise<void> {
  const file = await realpath(target);
  const temporary = temporaryName(file);
  try {
    await writeFile(temporary, text, { mode: (await stat(file)).mode });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new OutputError(target, error, HINT);
  }
}

const HINT = "make the folder writable, or name another one, then run it again";

function insidePnpm(folder: string): boolean {
  for (let at = path.dirname(folder); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, PNPM_FILE))) return true;
    if (at === path.dirname(at)) return false;
  }
}

async function refuseExisting(folder: string, files: readonly string[]): Promise<void> {
  const info = await lstat(folder).catch(absent);
  if (info?.isFile() === true) throw new TaskwireError("exists", `${folder} is a file; name another folder`);
  const there: string[] = [];
  for (const file of files) if ((await lstat(path.join(folder, file)).catch(absent)) !== undefined) there.push(file);
  if (there.length === 0) return;
  const list = there.map((file) => `\n  ${file}`).join("");
  throw new TaskwireError(
    "exists",
    `${folder} already contains these files, so nothing was written:${list}\n${there.includes("package.json") ? "Add Taskwire to this project: taskwire init --existing\nOr name" : "Name"} another folder: taskwire init my-app`,
  );
}

function absent(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Without permission, writing will fail.
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return undefined;
  throw error;
}
