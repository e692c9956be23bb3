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

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
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
