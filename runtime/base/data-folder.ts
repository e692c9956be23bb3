import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf, TaskwireError } from "./errors.js";

/**
 * The data folder of every process, absolute: `given` (--data), else TASKWIRE_DATA, else `.taskwire` beside the nearest
 * package.json at or above the working directory. Created when missing.
 * Throws TaskwireError `no_data_folder` or `data_folder_not_writable`.
 */
export function dataFolder(given?: string, environment = process.env, workingDirectory = process.cwd()): string {
  const folder = given ?? (environment.TASKWIRE_DATA || besidePackage(workingDirectory));
  if (folder === undefined || folder === "") {
    throw new TaskwireError(
      "no_data_folder",
      `no data folder: there is no package.json at or above ${workingDirectory}; pass --data DIR or set TASKWIRE_DATA`,
    );
  }
  const path = resolve(workingDirectory, folder);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new TaskwireError(
      "data_folder_not_writable",
      `cannot create the data folder ${path}: ${messageOf(error)}; pass another with --data DIR or TASKWIRE_DATA`,
      { cause: error },
    );
  }
  return path;
}

function besidePackage(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, ".taskwire");
    if (folder === dirname(folder)) return undefined;
  }
}
