import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeRows, pageText, ROOT } from "../support/pages/pages.js";
import { outcome } from "../support/processes/command.js";
import { Project } from "../support/processes/project.js";

const PAGE = pageText("docs/guide/upgrading.md");
const section = (heading: string) => PAGE.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project[Symbol.dispose]());

/** Gives the file the format after its own; what that format was. */
function makeNewer(file: string, present?: number): number {
  const database = new Database(project.path(file));
  const format = present ?? Number(database.pragma("user_version", { simple: true }));
  database.pragma(`user_version = ${format + 1}`);
  database.close();
  return format;
}

/** What the page quotes for a file, with the paths of this test. */
function quoted(row: string, path: string): string {
  const cells = new RegExp(`^\\| ${row} \\| \`\\w+\` \\| (\`+)(.*)\\1 \\|$`, "m").exec(section("How a newer file"));
  return (cells?.[2] ?? "").replace(/\/(?:var|srv)\/\S+\.(?:db|json)/, () => project.path(path));
}

const send = (...flags: string[]) =>
  outcome(["send", "issues.deliver_issue_webhook", '{"organization_id": 1, "group_id": 2}', ...flags], {}, ROOT);
/** The format that the page says is the present one. */
const presentFormat = (file: string) =>
  Number(new RegExp(`^\\| ${file} \\|.* The current format is (\\d+) \\|$`, "m").exec(PAGE)?.[1]);

test("docs/guide/upgrading.md quotes what is said about an embedded log of a newer format, and names the present one", async () => {
  expect(await send("--data", project.folder)).toMatchObject({ code: 0 });
  expect(makeNewer("log.db")).toBe(presentFormat("embedded log, `log.db`"));
  expect(quoted("embedded log", "log.db")).toContain("format 3");
  const { code, said } = await send("--data", project.folder);
  expect([code, said]).toEqual([1, expect.stringContaining(quoted("embedded log", "log.db"))]);
});

test("docs/guide/upgrading.md quotes what is said about an in-flight file of a newer format, and names the present one", async () => {
  makeNewer("default.inflight.db", presentFormat("in-flight file, `POOL.inflight.db`"));
  const ports = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const { code, said } = await outcome(["broker", "--data", project.folder, ...ports], {}, ROOT);
  expect([code, said]).toEqual([1, expect.stringContaining(quoted("in-flight file", "default.inflight.db"))]);
});

test("docs/guide/upgrading.md quotes what is said about a model of another version", async () => {
  const model = readFileSync(`${ROOT}/generated/taskwire.json`, "utf8").replace('"taskwire": 1', '"taskwire": 2');
  project.write("taskwire.json", model);
  const { code, said } = await send("--data", project.folder, "--model", project.path("taskwire.json"));
  expect([code, said]).toEqual([1, expect.stringContaining(quoted("`taskwire.json`", "taskwire.json"))]);
});

test("docs/guide/upgrading.md names codes that docs/reference/errors.md has", () => {
  const named = [...section("How a newer file").matchAll(/`((?:log|journal|bad)_\w+)`/g)].map(([, code = ""]) => code);
  expect(named.length).toBeGreaterThan(3);
  const known = codeRows(pageText("docs/reference/errors.md"));
  expect(named.filter((code) => !known.has(code))).toEqual([]);
});
