import type SqliteConstructor from "better-sqlite3";
import { codeOf } from "../../../base/errors.js";
import { INSTALL_SQLITE, nativeSqliteProblem } from "../../../base/sqlite/native.js";
import { refuseOldSqlite } from "../../../base/sqlite/version.js";
import { packageVersion } from "../../../base/version.js";
import { type Check, failed, ok } from "./check.js";

/** As `engines` of the package. */
const OLDEST_NODE: readonly [number, number] = [20, 19];

/** Node and better-sqlite3, of this process. */
export async function machineChecks(): Promise<Check[]> {
  return [node(process.versions.node), await sqlite()];
}

/** Exported for tests. */
export function node(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, least] = OLDEST_NODE;
  const enough = major > oldest || (major === oldest && minor >= least);
  if (enough) return ok("node", `Node ${version}, taskwire ${packageVersion()}`);
  return {
    check: "node",
    level: "fail",
    text: `Node ${version}; taskwire ${packageVersion()} needs ${oldest}.${least} or newer`,
    hint: "install a newer Node",
  };
}

async function sqlite(): Promise<Check> {
  let loaded: typeof SqliteConstructor;
  try {
    loaded = (await import("better-sqlite3")).default;
    const connection = new loaded(":memory:");
    try {
      const version = String(connection.prepare("SELECT sqlite_version()").pluck().get());
      refuseOldSqlite(version, "taskwire");
      return ok("sqlite", `better-sqlite3 with SQLite ${version}`);
    } finally {
      connection.close();
    }
  } catch (error) {
    const native = nativeSqliteProblem(error);
    if (native !== undefined)
      return { check: "sqlite", level: "fail", text: "better-sqlite3 does not load", hint: native };
    if (codeOf(error) === "ERR_MODULE_NOT_FOUND")
      return {
        check: "sqlite",
        level: "warn",
        text: "better-sqlite3 is not installed: brokers, embedded logs and their producers do not work here",
        hint: INSTALL_SQLITE,
      };
    return failed("sqlite", error, INSTALL_SQLITE);
  }
}
