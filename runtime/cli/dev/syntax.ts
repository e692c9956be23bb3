import { execFile } from "node:child_process";
import { existsSync } from "node:fs";

/** Number of files that are checked. */
const MOST_FILES = 10;

/**
 * The first syntax error in these JavaScript files, as Node shows it: place, line and reason. Undefined when all parse. A
 * failed import does not name a place.
 */
export async function syntaxProblem(files: readonly string[]): Promise<string | undefined> {
  const sources = files.filter((file) => /\.[cm]?js$/.test(file) && existsSync(file));
  for (const file of sources.slice(0, MOST_FILES)) {
    const problem = await check(file);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function check(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--check", file], (error, _stdout, stderr) => {
      if (error === null || !stderr.includes("SyntaxError")) resolve(undefined);
      else resolve(stderr.split("\n    at ")[0]?.trimEnd());
    });
  });
}
