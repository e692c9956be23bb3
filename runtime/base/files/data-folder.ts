import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf, TaskwireError } from "../errors.js";
import { workspaceOf } from "./workspace.js";

/**
 * The absolute path of the data folder: `given` (--data), else TASKWIRE_DATA, else `.taskwire` beside the nearest
 * package.json at or above the working directory, or at the root of that package's workspace; undefined when there is no
 * package.json. Throws TaskwireError `two_data_folders`.
 */
export function dataPath(
  given?: string,
  environment = process.env,
  workingDirectory = process.cwd(),
): string | undefined {
  const folder = given ?? (environment.TASKWIRE_DATA || besidePackage(workingDirectory));
  return folder === undefined || folder === "" ? undefined : resolve(workingDirectory, folder);
}

/**
 * The data folder, created when missing; `purpose`: what it is needed for, for messages.
 * Throws TaskwireError `no_data_folder`, `two_data_folders` or `data_folder_not_writable`.
 * Exported for tests.
 */
export function dataFolder(
  given?: string,
  environment = process.env,
  workingDirectory = process.cwd(),
  purpose?: string,
): string {
  const path = dataPath(given, environment, workingDirectory);
  const what = purpose === undefined ? "" : `; it is needed for ${purpose}`;
  if (path === undefined) {
    throw new TaskwireError(
      "no_data_folder",
      `no data folder: there is no package.json at or above ${workingDirectory}${what}; pass --data DIR or set TASKWIRE_DATA`,
    );
  }
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new TaskwireError(
      "data_folder_not_writable",
      `cannot create the data folder ${path}: ${messageOf(error)}${what}; pass a writable folder with --data DIR or TASKWIRE_DATA`,
      { cause: error },
    );
  }
  return path;
}

/** The same for a command or a connection of this process. */
export function dataFolderFor(purpose: string, given?: string): string {
  return dataFolder(given, process.env, process.cwd(), purpose);
}

function besidePackage(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return ofPackage(folder);
    if (folder === dirname(folder)) return undefined;
  }
}

/** All packages of a workspace share one folder, so that a broker that one of them starts reads what another one sends. */
function ofPackage(folder: string): string {
  const own = join(folder, ".taskwire");
  const root = workspaceOf(folder);
  if (root === undefined) return own;
  const shared = join(root, ".taskwire");
  if (existsSync(own)) {
    throw new TaskwireError(
      "two_data_folders",
      `two data folders: the packages of the workspace share ${shared}, but ${own} exists, too; stop all processes and move its files to the first, remove it, or name one with --data DIR or TASKWIRE_DATA`,
    );
  }
  return shared;
}
