import { spawn } from "node:child_process";
import { COMMAND } from "./command.js";

interface Operated {
  readonly code: number | null;
  /** Standard output: data. */
  readonly out: string;
  /** Standard error: remarks. */
  readonly err: string;
}

/** Runs a command of operators to its end, without a terminal. */
export async function operate(args: readonly string[], extra: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Operated> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...extra },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    err += bytes.toString();
  });
  await new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { code: child.exitCode, out, err };
}
