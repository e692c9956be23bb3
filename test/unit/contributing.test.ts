import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pageText, ROOT, tableRows } from "../support/pages/pages.js";

const PAGE = pageText("CONTRIBUTING.md");
const UNLISTED = new Set(["bin", "dist", "node_modules"]);
const foldersOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !UNLISTED.has(entry.name))
    .map(({ name }) => name)
    .sort();

const rowsOf = (title: string) => tableRows(PAGE, title);
const folders = (cell = "") => [...cell.matchAll(/`([\w-]+)\/`/g)].map(([, name = ""]) => name);

describe("CONTRIBUTING.md names", () => {
  it("every room of runtime/ with its folders, and no folder that it does not have", () => {
    const rows = rowsOf("room in `runtime/`");
    expect(rows.flatMap(([room]) => folders(room)).sort()).toEqual(foldersOf("runtime"));
    for (const [room = "", , inside = ""] of rows) {
      const [name = ""] = folders(room);
      const below = readdirSync(join(ROOT, "runtime", name), { recursive: true, encoding: "utf8" });
      const missing = folders(inside).filter(
        (each) => !below.some((path) => path === each || path.endsWith(`/${each}`)),
      );
      expect([name, missing]).toEqual([name, []]);
      const unnamed = foldersOf(`runtime/${name}`).filter((each) => !folders(inside).includes(each));
      expect([name, unnamed]).toEqual([name, []]);
    }
  });

  it("every room of codegen/", () =>
    expect(
      rowsOf("room in `codegen/`")
        .flatMap(([room]) => folders(room))
        .sort(),
    ).toEqual(foldersOf("codegen")));

  it("every folder of test/", () =>
    expect(
      rowsOf("folder of `test/`")
        .flatMap(([folder]) => folders(folder))
        .sort(),
    ).toEqual(expect.arrayContaining(foldersOf("test"))));

  it("the rooms that each room may import, as test/walls/rules.cjs has them", () => {
    const { forbidden }: { readonly forbidden: readonly { readonly name: string; readonly comment?: string }[] } =
      createRequire(import.meta.url)(join(ROOT, "test/walls/rules.cjs"));
    const rules = forbidden.flatMap(({ comment = "" }) => {
      const [, room, allowed = ""] = /^runtime\/(\w+) may import of runtime: (.*)$/.exec(comment) ?? [];
      return room === undefined ? [] : [[room, allowed.split(", ").filter((each) => each !== room)] as const];
    });
    const named = rowsOf("room").map(
      ([room = "", allowed = ""]) =>
        [room.replaceAll("`", ""), [...allowed.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)] as const,
    );
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(rules));
  });

  it("paths that exist", () => {
    const paths = [...PAGE.matchAll(/`((?:runtime|codegen|test|docs|tools|proto|schema)\/[\w./-]*\w)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(paths.length).toBeGreaterThan(15);
    const missing = paths.filter((path) => {
      const parent = join(ROOT, path, "..");
      return !readdirSync(parent).includes(path.split("/").at(-1) ?? "");
    });
    expect(missing).toEqual([]);
  });

  it("scripts of package.json", () => {
    const { scripts } = JSON.parse(pageText("package.json"));
    const named = new Set([...PAGE.matchAll(/npm run ([\w:]+)/g)].map(([, script = ""]) => script));
    expect([...named].filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});
