import { TaskwireError } from "../errors.js";

/** In older versions two connections that write and checkpoint at the same time can corrupt the write-ahead log. */
const OLDEST_SQLITE = [3, 51, 3];

/** Throws TaskwireError `sqlite_too_old`. `version`: the result of sqlite_version(); `user`: named in the error. */
export function refuseOldSqlite(version: string, user: string): void {
  const found = version.split(".").map(Number);
  const difference = OLDEST_SQLITE.map((part, at) => (found[at] ?? 0) - part).find((part) => part !== 0) ?? 0;
  if (difference >= 0) return;
  throw new TaskwireError(
    "sqlite_too_old",
    `better-sqlite3 brings SQLite ${version}; ${user} needs ${OLDEST_SQLITE.join(".")} or newer: run \`npm install better-sqlite3@12\``,
  );
}
