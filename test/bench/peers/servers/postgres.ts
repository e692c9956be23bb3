import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../support/processes/operating-system.js";
import { launched } from "./launched.js";
import { MissingServerError, type Server } from "./server.js";

/** Where Debian keeps the server programs of each version. */
const VERSIONS = "/usr/lib/postgresql";
/** What is not Postgres' default. fsync and synchronous_commit are on, which they are by default. */
export const SETTINGS = ["shared_buffers=256MB", "max_wal_size=4GB"] as const;

/** The folder of the newest server programs. Throws MissingServerError. */
function programs(): string {
  const folders = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const [newest] = folders
    .filter((version) => existsSync(join(VERSIONS, version, "bin", "initdb")))
    .sort((one, other) => Number(other) - Number(one));
  if (newest === undefined) throw new MissingServerError("initdb of PostgreSQL", "postgresql");
  return join(VERSIONS, newest, "bin");
}

/** Throws MissingServerError. */
export function postgresVersion(): string {
  const said = execFileSync(join(programs(), "postgres"), ["--version"], { encoding: "utf8" });
  return /[\d.]+/.exec(said)?.[0] ?? "of an unknown version";
}

/** Postgres refuses to run as root: then its package's user runs it. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export async function startPostgres(): Promise<Server> {
  const bin = programs();
  const user = owner();
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { cwd: folder, ...user };
  const initdb = ["--pgdata", data, "--auth", "trust", "--username", "bench", "--no-sync", "--locale", "C"];
  execFileSync(join(bin, "initdb"), [...initdb, "--encoding", "UTF8"], { ...options, stdio: "pipe" });
  const port = await freePort();
  const settings = [...SETTINGS, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const { pid, stop } = await launched(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    "ready to accept connections",
    "SIGINT",
    options,
  );
  return {
    address: `postgres://bench@127.0.0.1:${port}/postgres`,
    pid,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
