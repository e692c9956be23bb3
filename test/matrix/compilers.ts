import { execFile } from "node:child_process";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** Run by path: npm links only one of them as `tsc`. 7.0 is a native program that its package's script starts. */
export const COMPILERS = { "5.9": "typescript-5.9", "6.0": "typescript", "7.0": "typescript-7.0" } as const;
export type Version = keyof typeof COMPILERS;

interface Compiled {
  readonly code: number;
  /** Each problem, as tsc prints it. */
  readonly problems: readonly string[];
}

export function tsc(version: Version, ...args: readonly string[]): Promise<Compiled> {
  const program = join(root, "node_modules", COMPILERS[version], "bin/tsc");
  return new Promise((done) => {
    execFile(process.execPath, [program, "--pretty", "false", ...args], { cwd: root }, (error, out, err) => {
      const problems = `${out}${err}`.split("\n").filter((line) => line.trim() !== "");
      done({ code: error === null ? 0 : 1, problems });
    });
  });
}
