import { readFile } from "node:fs/promises";
import path from "node:path";
import { startsLikeHeader } from "../header.js";

/** The file beside `name` that is renamed to it when it is whole. */
export function temporaryName(name: string): string {
  return path.join(path.dirname(name), `.${path.basename(name)}.${process.pid}.tmp`);
}

/** Whether a killed run left the file: named as above, its process has ended, and its text begins like one of ours. */
export async function isLeftover(out: string, name: string): Promise<boolean> {
  const match = /^\.(?<file>.+\.ts|taskwire\.json)\.(?<pid>\d{1,10})\.tmp$/.exec(path.basename(name));
  if (match?.groups === undefined || runs(Number(match.groups.pid))) return false;
  const text = await readFile(path.join(out, name), "utf8").catch((error: unknown) => {
    // A run at the same time renamed it, and ended.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return false;
  if (match.groups.file === "taskwire.json") return text === "" || text.startsWith("{");
  return startsLikeHeader(text);
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
