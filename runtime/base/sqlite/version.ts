import { TaskwireError } from "../errors.js";

/** Below it two connections can corrupt the write-ahead log when they write and checkpoint at once. */
const OLDEST_SQLITE = [3, 51, 3];

/** Throws TaskwireError `sqlite_too_old`. `version`: what sqlite_version() says; `needs`: who needs a newer one. */
export function refuseOldSqlite(version: string, needs: string): void {
  const found = version.split(".").map(Number);
  const difference = OLDEST_SQLITE.map((part, at) => (found[at] ?? 0) - part).find((part) => part !== 0) ?? 0;
  if (difference >= 0) return;
  throw new TaskwireError(
    "sqlite_too_old",
    `better-sqlite3 brings SQLite ${version}; ${needs} needs ${OLDEST_SQLITE.join(".")} or newer: run \`npm install better-sqlite3@12\``,
  );
}
