import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { crowding } from "../waiting.js";

export const COMMAND = fileURLToPath(new URL("bin/taskwire.js", import.meta.resolve("taskwire/package.json")));

/** A command of taskwire that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its output on stdout and stderr so far. */
  said(): string;
  /** Resolves when it has ended and its output was read. */
  readonly ended: Promise<void>;
  /** Ends it by SIGTERM, after 10 s (longer on a crowded machine) by SIGKILL; its exit code, null when it was killed. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Whatever a test that was given up left running. */
const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** Starts a command of taskwire. */
export function run(args: readonly string[], extra: NodeJS.ProcessEnv = {}, cwd?: string, command = COMMAND): Running {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...extra },
    ...(cwd === undefined ? {} : { cwd }),
  });
  started.add(child);
  child.once("exit", () => started.delete(child));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-200_000);
    });
  }
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const over = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    pid: child.pid ?? 0,
    said: () => said,
    ended: exited,
    async stop() {
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000 * crowding());
      if (!over()) child.kill("SIGTERM");
      await exited;
      clearTimeout(timer);
      return child.exitCode;
    },
    async kill() {
      if (!over()) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs a command of taskwire to its end. */
export async function outcome(
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<{ code: number | null; said: string }> {
  const running = run(args, extra, cwd);
  await new Promise<void>((resolve) => running.child.once("close", () => resolve()));
  return { code: running.child.exitCode, said: running.said() };
}
