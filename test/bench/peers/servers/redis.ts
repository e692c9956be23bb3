import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../support/processes/operating-system.js";
import { launched } from "./launched.js";
import { MissingServerError, type Server } from "./server.js";

const PROGRAM = "redis-server";

/** Throws MissingServerError. */
export function redisVersion(): string {
  try {
    return /v=(\S+)/.exec(execFileSync(PROGRAM, ["--version"], { encoding: "utf8" }))?.[1] ?? "of an unknown version";
  } catch {
    throw new MissingServerError(PROGRAM, "redis-server");
  }
}

/** `fsync`: every command is on disk before it is answered; else everything is in memory only. */
export async function startRedis(fsync: boolean): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-redis-"));
  const port = await freePort();
  const durable = fsync ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const { pid, stop } = await launched(
    PROGRAM,
    [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no"],
      ...["--save", "", "--maxmemory-policy", "noeviction", ...durable],
    ],
    "Ready to accept connections",
    "SIGTERM",
  );
  return {
    address: String(port),
    pid,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
