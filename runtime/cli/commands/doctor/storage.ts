import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { dataPath } from "../../../base/files/data-folder.js";
import { mebibytes } from "../../../base/text.js";
import { number } from "../../../operations/diagnose/words.js";
import { type Check, failed, ok } from "./check.js";

/** Below it, the in-flight file and an embedded log may soon not grow. */
const LITTLE_BYTES = 2 ** 30;
const TOO_LITTLE_BYTES = 100 * 2 ** 20;

/** The data folder, which is not created, and the space of its disk. */
export function storageChecks(given: string | undefined): Check[] {
  let folder: string | undefined;
  try {
    folder = dataPath(given);
  } catch (error) {
    return [failed("data", error, "name one of the two with --data DIR or TASKWIRE_DATA")];
  }
  if (folder === undefined)
    return [
      {
        check: "data",
        level: "warn",
        text: "there is no data folder: no package.json at or above the working directory",
        hint: "pass --data DIR or set TASKWIRE_DATA",
      },
    ];
  const there = nearestExisting(folder);
  return [writable(folder, there), space(there)];
}

function writable(folder: string, there: string): Check {
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch {
    return {
      check: "data",
      level: "fail",
      text: `the data folder ${folder} cannot be written by user ${process.getuid?.() ?? ""}`,
      hint: "give this user the right to write it, or name another folder with --data DIR or TASKWIRE_DATA",
    };
  }
  return ok(
    "data",
    folder === there ? `the data folder ${folder} can be written` : `the data folder ${folder} can be created`,
  );
}

function space(folder: string): Check {
  const { bavail, bsize, blocks } = statfsSync(folder);
  const free = bavail * bsize;
  const text = `${number(mebibytes(free))} of ${number(mebibytes(blocks * bsize))} MiB are free on the disk of the data folder`;
  if (free >= LITTLE_BYTES) return ok("disk", text);
  return {
    check: "disk",
    level: free < TOO_LITTLE_BYTES ? "fail" : "warn",
    text,
    hint: "free some, or move the data folder to another disk while all processes are stopped",
  };
}

function nearestExisting(folder: string): string {
  for (let path = folder; ; path = dirname(path)) if (existsSync(path) || path === dirname(path)) return path;
}
