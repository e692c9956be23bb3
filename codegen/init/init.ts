import { lstat, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { TaskwireError } from "taskwire/model";
import { codegen } from "../codegen.js";
import { projectFiles, projectName } from "./files.js";

export interface InitOptions {
  /** The project's folder; made when it is not there. */
  readonly folder: string;
  /** What a relative folder is relative to; default the working directory. */
  readonly cwd?: string;
}

export interface InitResult {
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
  const files = projectFiles(name);
  // Other files in these two would become part of the schema, or of what is generated.
  await refuseExisting(folder, [
    ...[...files.keys()].filter((file) => !file.startsWith("schema/")),
    "schema",
    "src/generated",
  ]);
  for (const [file, text] of files) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    // Even a file that came in between is left alone.
    await writeFile(target, text, { flag: "wx" });
  }
  const result = await codegen({ schema: "schema", out: "src/generated", check: false, cwd: folder });
  const generated = result.kind === "written" ? result.changed.map((file) => `src/generated/${file}`) : [];
  return { name, folder, files: [...files.keys(), ...generated] };
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
    `${folder} is no place for a new project: nothing was written, because these are there already:${list}\nName another folder: taskwire init my-app`,
  );
}

function absent(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return undefined;
  throw error;
}
