import { codeOf, messageOf } from "../errors.js";

/** How to build the native part, by package manager: pnpm runs install scripts of approved packages only. */
const BUILD =
  "build it with `npm rebuild better-sqlite3`, with pnpm `pnpm approve-builds` and then `pnpm rebuild better-sqlite3`, with yarn `yarn rebuild better-sqlite3`";

/**
 * A message for the error of a better-sqlite3 without its native part, or with one for another Node; undefined for every
 * other error. The message of better-sqlite3 lists every path that it tried.
 */
export function nativeSqliteProblem(error: unknown): string | undefined {
  const message = messageOf(error);
  if (/Could not locate the bindings file/.test(message))
    return `the native part of better-sqlite3 was not built: its install script did not run; ${BUILD}`;
  if (codeOf(error) !== "ERR_DLOPEN_FAILED" && !/NODE_MODULE_VERSION/.test(message)) return undefined;
  if (!/better.?sqlite3/.test(message)) return undefined;
  return `the native part of better-sqlite3 was built for another Node or another system; ${BUILD}`;
}

/** How to install better-sqlite3. */
export const INSTALL_SQLITE =
  "it is an optional dependency: run `npm install better-sqlite3`, `pnpm add --allow-build=better-sqlite3 better-sqlite3` or `yarn add better-sqlite3`";
