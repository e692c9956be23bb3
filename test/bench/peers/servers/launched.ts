import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

const KILL_MS = 20_000;

/** Starts a server program and resolves when it has written `ready`; the function that it returns ends it by `signal`. */
export async function launched(
  program: string,
  args: readonly string[],
  ready: string,
  signal: NodeJS.Signals,
  options: SpawnOptions = {},
): Promise<{ pid: number; stop(): Promise<void> }> {
  const child: ChildProcess = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}:\n${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        said = (said + bytes.toString()).slice(-10_000);
        if (said.includes(ready)) resolve();
      });
    }
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, "exit");
      const timer = setTimeout(kill, KILL_MS);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await ended;
      }
      clearTimeout(timer);
      process.off("exit", kill);
    },
  };
}
