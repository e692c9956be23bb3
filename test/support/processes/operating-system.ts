import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Whether there is a process of that id. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Below the range from which systems take the ports of outgoing connections (32768 on Linux): nobody is given such a port
 * while the server that has it restarts.
 */
const FIRST_PORT = 15_000;
const PORTS = 15_000;
const given = new Set<number>();

/** A port of the loopback that nobody listens at; never the same twice in a process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The child processes of a process, by Linux's own list; none where there is no such list. */
export function childrenOf(pid: number): number[] {
  if (process.platform !== "linux") return [];
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return list
    .split(" ")
    .filter((child) => child !== "")
    .map(Number);
}
