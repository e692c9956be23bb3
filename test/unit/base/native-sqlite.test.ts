import { expect, it } from "vitest";
import { nativeSqliteProblem } from "#runtime/base/sqlite/native.js";
import { failureOf, loadFailure } from "#runtime/log/sqlite/thread/failures.js";

const PATHS = Array.from({ length: 13 }, (_, at) => ` → /app/node_modules/better-sqlite3/build/${at}.node`).join("\n");
const NOT_BUILT = new Error(`Could not locate the bindings file. Tried:\n${PATHS}`);
const OTHER_NODE = Object.assign(
  new Error(
    "The module '/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115.",
  ),
  { code: "ERR_DLOPEN_FAILED" },
);
const BUILD =
  /`npm rebuild better-sqlite3`, with pnpm `pnpm approve-builds` and then `pnpm rebuild better-sqlite3`, with yarn/;

it.each([
  ["was not built", NOT_BUILT],
  ["was built for another Node", OTHER_NODE],
])("a native part of SQLite that %s is named in one line with what builds it", (what, error) => {
  expect(nativeSqliteProblem(error)).toContain(what);
  for (const failure of [
    loadFailure(error),
    failureOf(error, { file: "log.db", busyTimeout: 1, maxBytes: undefined }),
  ]) {
    expect(failure).toMatchObject({ code: "sqlite_missing" });
    expect(failure.message).toMatch(BUILD);
    expect(failure.message).not.toMatch(/\n|→/);
  }
});

it("a package that is missing is named with what installs it, and other errors are left alone", () => {
  const missing = Object.assign(new Error("Cannot find package 'better-sqlite3'"), { code: "ERR_MODULE_NOT_FOUND" });
  expect(loadFailure(missing).message).toContain("`pnpm add --allow-build=better-sqlite3 better-sqlite3`");
  expect(nativeSqliteProblem(missing)).toBeUndefined();
  expect(nativeSqliteProblem(Object.assign(new Error("libz.so"), { code: "ERR_DLOPEN_FAILED" }))).toBeUndefined();
});
